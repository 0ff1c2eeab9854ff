package io.sparkinversion.dataset;

import static io.sparkinversion.dataset.DatasetFiles.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.job.Manifest;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CocoCaptionsTest {
    /** The shape of captions_val2017.json, whose annotations are in no order. */
    private static final String CAPTIONS = """
            {"info": {"description": "COCO 2017 Dataset", "year": 2017},
             "licenses": [{"url": "http://example.org/", "id": 1, "name": "A licence"}],
             "images": [
               {"license": 4, "file_name": "000000397133.jpg", "height": 427, "width": 640, "id": 397133},
               {"license": 1, "file_name": "000000037777.jpg", "height": 230, "width": 352, "id": 37777},
               {"license": 1, "file_name": "000000252219.jpg", "height": 428, "width": 640, "id": 252219}],
             "annotations": [
               {"image_id": 37777, "id": 300, "caption": "third"},
               {"image_id": 397133, "id": 90, "caption": "A man in a kitchen,\\n \\"cooking\\"."},
               {"image_id": 37777, "id": 100, "caption": "first"},
               {"image_id": 37777, "id": 200, "caption": "second"},
               {"image_id": 5, "id": 1, "caption": "an image that is not listed"}]}
            """;

    @TempDir
    Path folder;

    @Test
    void everyImageHasItsFirstCaptionByAnnotationId() throws Exception {
        DatasetFiles images = new DatasetFiles(folder.resolve("val2017")).file("000000037777.jpg", "1234");
        new DatasetFiles(folder).file("annotations/captions_val2017.json", CAPTIONS);
        DatasetSettings settings = new DatasetSettings(
                images.root().toString(), folder + "/annotations/captions_val2017.json", Format.AUTO, 0);

        List<Row> rows =
                DatasetFiles.inOrder(DatasetFiles.withFileFacts(Manifest.plan(DatasetFiles.read(settings), 2), true));

        assertThat(column(rows, "image_id")).containsExactly("397133", "37777", "252219");
        assertThat(column(rows, "path"))
                .containsExactly(
                        images.address("000000397133.jpg"),
                        images.address("000000037777.jpg"),
                        images.address("000000252219.jpg"));
        assertThat(column(rows, "caption")).containsExactly("A man in a kitchen,\n \"cooking\".", "first", null);
        assertThat(column(rows, "rejection_code")).containsExactly(null, null, "MISSING_CAPTION");
        assertThat(column(rows, "size")).containsExactly(null, 4L, null);
        assertThat(column(rows, "wave")).containsExactly(0, 0, 1);
    }

    @Test
    void theFileIsFoundInTheRootAndLimited() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder).file("captions_val2017.json", CAPTIONS);
        DatasetSettings settings = new DatasetSettings(folder.toString(), null, Format.AUTO, 2);
        assertThat(column(DatasetFiles.read(settings), "image_id")).containsExactly("397133", "37777");
        assertThat(column(dataset.read(), "image_id")).hasSize(3);
    }

    @Test
    void otherJsonIsAnError() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder)
                .file("captions_val2017.json", "{\"images\": [{\"id\": 1, \"file_name\": \"a.png\"}]}");
        String file = "captions file " + dataset.address("captions_val2017.json");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessage(file + " is not COCO's: it needs the lists images and annotations"
                        + " (a file with one JSON object a line is to be named .jsonl)");
        dataset.file("captions_val2017.json", "{\"images\": [], \"annotations\": []}");
        assertThatThrownBy(dataset::read).isInstanceOf(JobException.class).hasMessage(file + " lists no images");
        dataset.file("captions_val2017.json", "{\"images\": [");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessageStartingWith(file + " is not COCO's JSON: ")
                .hasMessageNotContaining("\n");
        dataset.file("captions_val2017.json", "");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessageStartingWith(file)
                .hasMessageNotContaining("\n");
    }
}
