package io.sparkinversion.dataset;

import static io.sparkinversion.dataset.DatasetFiles.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.format.Format;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetReaderTest {
    @TempDir
    Path folder;

    @Test
    void captionsOfAllNamesAreFoundInTheirOrder() throws Exception {
        DatasetFiles dataset =
                new DatasetFiles(folder).file("metadata.jsonl", "{\"file_name\": \"4.png\", \"text\": \"x\"}\n");
        assertThat(column(dataset.read(), "image_id")).containsExactly("4");
        dataset.file("metadata.csv", "file_name,text\n3.png,x\n");
        assertThat(column(dataset.read(), "image_id")).containsExactly("3");
        dataset.file("captions.jsonl", "{\"path\": \"2.png\", \"caption\": \"x\"}\n");
        assertThat(column(dataset.read(), "image_id")).containsExactly("2");
        dataset.file("captions.csv", "path,caption\n1.png,x\n");
        assertThat(column(dataset.read(), "image_id")).containsExactly("1");
        assertThat(column(DatasetFiles.read(dataset.settings(Format.JSON_LINES)), "image_id"))
                .containsExactly("2");
    }

    @Test
    void aFormatThatIsNamedWinsOverTheFilesName() throws Exception {
        new DatasetFiles(folder).file("list.txt", "path,caption\na.png,x\n");
        DatasetSettings named = new DatasetSettings(folder.toString(), folder + "/list.txt", Format.CSV, 0);
        assertThat(column(DatasetFiles.read(named), "image_id")).containsExactly("a");
        assertThatThrownBy(() ->
                        DatasetFiles.read(new DatasetSettings(folder.toString(), folder + "/list.txt", Format.AUTO, 0)))
                .isInstanceOf(JobException.class)
                .hasMessage("cannot tell the format of captions file file:" + folder + "/list.txt by its name;"
                        + " rename it to .csv, .tsv, .jsonl or .json (COCO; mapping_file.json for PIE-Bench), or name the"
                        + " format");
    }

    @Test
    void noCaptionsIsAnErrorThatSaysWhatWasLookedFor() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder).file("a.png", "1");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessage("no captions in dataset root file:" + folder + ": looked for captions.csv, captions.jsonl,"
                        + " captions.tsv, captions.txt, captions.json, metadata.csv, metadata.jsonl, metadata.parquet,"
                        + " metadata.json, captions_val2017.json, mapping_file.json, *.tar, *.parquet and texts beside"
                        + " images; it has 1 image: add captions, name the file with --captions, or give --caption TEXT"
                        + " or --caption-from file-name|none");
    }

    @Test
    void rootsAndCaptionsThatAreNotThereAreErrors() throws Exception {
        assertFails(
                new DatasetSettings(folder + "/none", null, Format.AUTO, 0),
                "dataset root file:" + folder + "/none does not exist");
        assertFails(
                new DatasetSettings(folder.toString(), folder + "/none.csv", Format.AUTO, 0),
                "captions file file:" + folder + "/none.csv does not exist");
        assertFails(
                new DatasetSettings(folder.toString(), folder.toString(), Format.CSV, 0),
                "captions file file:" + folder + " is a folder; name one file, or a folder of part files");
        new DatasetFiles(folder).file("a.zip", "x");
        assertFails(
                new DatasetSettings(folder + "/a.zip", null, Format.AUTO, 0),
                "dataset root file:" + folder + "/a.zip is a file; expected the folder of the images, or a folder or"
                        + " file of Parquet");
        assertFails(
                new DatasetSettings(folder.toString(), "captions.csv", Format.PARQUET, 0),
                "a Parquet dataset has its captions in a column; leave out the captions file captions.csv");
        assertFails(
                new DatasetSettings("nonsense://a/b", null, Format.AUTO, 0),
                "cannot reach dataset root nonsense://a/b: No FileSystem for scheme \"nonsense\"");
    }

    @Test
    void settingsAreCheckedWhenTheyAreMade() {
        assertThatThrownBy(() -> new DatasetSettings(" ", null, Format.AUTO, 0))
                .isInstanceOf(JobException.class)
                .hasMessage("no dataset given: name the image folder or the Parquet folder or file");
        assertThatThrownBy(() -> new DatasetSettings("x", null, Format.AUTO, -1))
                .isInstanceOf(JobException.class)
                .hasMessage("dataset limit -1 is negative: give a number of rows, or 0 for all");
        assertThatThrownBy(() -> new DatasetSettings("x", null, Format.AUTO, 0, -1, 0))
                .isInstanceOf(JobException.class)
                .hasMessage("dataset sample -1 is negative: give a number of rows, or 0 for all");
    }

    @Test
    void namesThatLookLikePatternsAreTakenLiterally() throws Exception {
        Path odd = Files.createDirectories(folder.resolve("_set [1] {a,b} 50% #2"));
        DatasetFiles dataset = new DatasetFiles(odd)
                .file("captions.csv", "path,caption\nx [2]/a*.png,x\nx [2]/b%20.png,x\n")
                .file("x [2]/a*.png", "123")
                .file("x [2]/b%20.png", "1234");
        List<Row> rows = dataset.plan(1);
        assertThat(column(rows, "path"))
                .containsExactly(dataset.address("x [2]/a*.png"), dataset.address("x [2]/b%20.png"));
        assertThat(column(rows, "size")).containsExactly(3L, 4L);
        dataset.file("captions.jsonl", "{\"path\": \"a.png\", \"caption\": \"x\"}");
        assertThat(column(DatasetFiles.read(dataset.settings(Format.JSON_LINES)), "image_id"))
                .containsExactly("a");
    }

    @Test
    void theLimitTakesTheFirstRows() throws Exception {
        new DatasetFiles(folder).file("captions.csv", "path,caption\na.png,x\nb.png,x\nc.png,x\n");
        DatasetSettings two = new DatasetSettings("file://" + folder, null, Format.AUTO, 2);
        assertThat(column(DatasetFiles.read(two), "image_id")).containsExactly("a", "b");
    }

    private static void assertFails(DatasetSettings settings, String message) {
        assertThatThrownBy(() -> DatasetFiles.read(settings))
                .isInstanceOf(JobException.class)
                .hasMessage(message);
    }
}
