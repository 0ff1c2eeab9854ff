package io.sparkinversion.dataset;

import static io.sparkinversion.dataset.DatasetFiles.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.format.Reading;
import io.sparkinversion.dataset.format.Reading.CaptionFrom;
import io.sparkinversion.dataset.format.Reading.CaptionsPerImage;
import io.sparkinversion.image.PngEncoder;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.job.Manifest;
import io.sparkinversion.job.SparkTestSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layouts that datasets come in, found by what is in the folder. */
class LayoutsIT {
    @TempDir
    Path folder;

    @Test
    void aTableSaysWhichImagesThereAre() throws Exception {
        files("captions.csv", "path,caption\na.png,a cat\n");
        assertDataset("image folder, 1 image, captions from captions.csv", "a: a cat");
    }

    @Test
    void separatorsMayBeSemicolonsTabsAndBars() throws Exception {
        files("captions.csv", "path;caption;id\nb.png;a, cat;7\n");
        assertDataset("image folder, 1 image, captions from captions.csv", "7: a, cat");
        files("captions.csv", "sep=;\r\npath;caption\r\nb.png;\"a; cat\"\r\n");
        assertDataset("image folder, 1 image, captions from captions.csv", "b: a; cat");
        Files.delete(folder.resolve("captions.csv"));
        files("captions.tsv", "caption\tfile_name\n\"a\tcat\"\tc.png\n");
        assertDataset("image folder, 1 image, captions from captions.tsv", "c: a\tcat");
        files("captions.tsv", "caption\tfile_name\n5\" tall, \"red\" cat\tc.png\n\"A\" is a cat\td.png\n");
        assertDataset(
                "image folder, 2 images, captions from captions.tsv", "c: 5\" tall, \"red\" cat", "d: \"A\" is a cat");
        Files.delete(folder.resolve("captions.tsv"));
        files(
                "results.csv",
                "image_name| comment_number| comment\n1.jpg| 0| Two men .\n1.jpg| 1| \"Go\" , they say .\n");
        assertDataset("Flickr, 2 images, captions from results.csv", "1: Two men .", "1#2: \"Go\" , they say .");
    }

    @Test
    void sparksFoldersOfPartsAreTables() throws Exception {
        files("captions.csv/_SUCCESS", "");
        files("captions.csv/part-00000-x.csv", "path,caption\na.png,a cat\nb.png,a dog\n");
        files("captions.csv/part-00001-x.csv", "caption,path\na cow,c.png\n");
        assertDataset("image folder, 3 images, captions from 2 files", "a: a cat", "b: a dog", "c: a cow");
        List<Row> rows = new DatasetFiles(folder).plan(10);
        assertThat(column(rows, "row_index")).containsExactly(0L, 1L, 2L);

        Path lines = folder.resolve("lines");
        new DatasetFiles(lines).file("captions.jsonl/part-00000.json", "{\"path\":\"a.png\",\"caption\":\"a cat\"}\n");
        assertThat(captions(new DatasetFiles(lines).settings())).containsExactly("a: a cat");
    }

    @Test
    void huggingFaceImageFoldersMayHaveSplits() throws Exception {
        files("train/metadata.csv", "file_name,text\n0.png,a cat\n");
        assertDataset("Hugging Face image folder, 1 image, captions from metadata.csv, split train", "0: a cat");
        files("test/metadata.csv", "file_name,text\n1.png,a dog\n");
        String root = "dataset file:" + folder;
        assertRefused(root + " has the splits test, train; choose with --split, such as --split test, or take all with"
                + " --split all");
        assertThat(captions(split("test"))).containsExactly("1: a dog");
        assertThat(captions(split("all"))).containsExactly("test/1: a dog", "train/0: a cat");
        assertThatThrownBy(() -> captions(split("dev"))).hasMessage(root + " has no split dev; it has: test, train");
    }

    @Test
    void hubParquetHasItsSplitsInTheNamesOfFiles() throws Exception {
        parquet("data/train-00000-of-00002.parquet", "'a' as caption");
        parquet("data/train-00001-of-00002.parquet", "'b' as caption");
        assertThat(description(new DatasetFiles(folder).settings()))
                .isEqualTo("Hugging Face Parquet, 2 images, captions from its columns, split train");
        parquet("data/validation-00000-of-00001.parquet", "'c' as caption");
        parquet("data/test-00000-of-00001.parquet", "'d' as caption");
        assertRefused("dataset file:" + folder + " has the splits test, train, validation; choose with --split, such as"
                + " --split test, or take all with --split all");
        assertThat(column(DatasetFiles.read(split("train")), "caption")).containsExactly("a", "b");
        assertThat(column(DatasetFiles.read(split("val+test")), "caption")).containsExactly("d", "c");
        assertThat(description(split("val")))
                .isEqualTo("Hugging Face Parquet, 1 image, captions from its columns, split validation of test, train,"
                        + " validation");
        assertThat(column(DatasetFiles.read(split("all")), "caption")).containsExactly("d", "a", "b", "c");
    }

    @Test
    void rowsOfOneNameAreAllRows() throws Exception {
        parquet(
                "a.parquet",
                "unnest([{bytes: 'x'::blob, path: 'n.png'}, {bytes: 'y'::blob, path: 'n.png'}]) as image,"
                        + " 'a' as caption");
        List<Row> rows = new DatasetFiles(folder).plan(10);
        assertThat(column(rows, "image_id")).containsExactly("n", "n#2");
        assertThat(column(rows, "rejection_code")).containsExactly(null, null);
        parquet("a.parquet", "{bytes: 'x'::blob, path: null::int} as image, 'a' as caption");
        rows = new DatasetFiles(folder).plan(10);
        assertThat(column(rows, "bytes")).containsExactly(new byte[] {'x'});
        assertThat(column(rows, "path")).containsExactly((Object) null);
    }

    @Test
    void derivedIdsAreUniqueAndGivenOnesMustBe() throws Exception {
        files("captions.csv", "path,caption\nx.png,a\nx.jpg,b\nx.png,c\nx#2.png,d\n");
        List<Row> rows = new DatasetFiles(folder).plan(10);
        assertThat(column(rows, "image_id")).containsExactly("x", "x#3", "x#4", "x#2");
        assertThat(column(rows, "rejection_code")).containsOnlyNulls();
        assertThat(column(new DatasetFiles(folder).plan(10), "image_id")).isEqualTo(column(rows, "image_id"));

        files("captions.csv", "path,caption,id\nx.png,a,\ny.png,b,x\nz.png,c,x\n");
        rows = new DatasetFiles(folder).plan(10);
        assertThat(column(rows, "image_id")).containsExactly("x#3", "x", "x#2");
        assertThat(column(rows, "rejection_code")).containsExactly(null, null, "DUPLICATE_ID");
        assertThat(rows.get(2).<String>getAs("rejection_message"))
                .startsWith("image id 'x' belongs to row 2 (")
                .contains("; row 3 (");
    }

    @Test
    void oneCaptionAnImageOrAll() throws Exception {
        files("metadata.jsonl", """
                {"file_name": "0.png", "text": ["one", "", "two"]}
                {"file_name": "1.png", "text": ["three"]}
                """);
        assertDataset(
                "Hugging Face image folder, 2 images, captions from metadata.jsonl; 1 further", "0: one", "1: three");
        DatasetSettings all = reading(how -> how.captionsPerImage(CaptionsPerImage.ALL));
        assertThat(captions(all)).containsExactly("0: one", "0#2: two", "1: three");

        Files.delete(folder.resolve("metadata.jsonl"));
        files("captions.csv", "path,caption\n0.png,one\n0.png,two\n1.png,three\n");
        assertThat(captions(new DatasetFiles(folder).settings())).containsExactly("0: one", "0#2: two", "1: three");
        DatasetSettings first = reading(how -> how.captionsPerImage(CaptionsPerImage.FIRST));
        assertThat(captions(first)).containsExactly("0: one", "1: three");
        assertThat(DatasetFiles.open(first).further()).isEqualTo(1);

        Files.delete(folder.resolve("captions.csv"));
        parquet("a.parquet", "unnest([['a', 'b'], [], ['c']]) as caption, 'x'::blob as image");
        assertThat(column(DatasetFiles.read(all), "caption")).containsExactly("a", "b", null, "c");
        assertThat(column(DatasetFiles.read(all), "row_index")).containsExactly(0L, 1L, 2L, 3L);
    }

    @Test
    void textsBesideImagesAreTheirCaptions() throws Exception {
        files("x/0.png", "");
        files("x/0.txt", "a cat\nanother cat\n");
        files("x/1.JPG", "");
        files("x/1.caption", "a dog");
        files("x/2.webp", "");
        files("x/3.png", "");
        files("x/3.json", "{\"prompt\": \"a cow\"}");
        assertDataset(
                "image folder, 4 images, captions from a text beside each; 1 further",
                "x/0: a cat",
                "x/1: a dog",
                "x/2: null",
                "x/3: a cow");
        assertThat(captions(reading(how -> how.captionsPerImage(CaptionsPerImage.ALL))))
                .containsExactly("x/0: a cat", "x/0#2: another cat", "x/1: a dog", "x/2: null", "x/3: a cow");
        Files.write(folder.resolve("x/1.caption"), new byte[] {'a', (byte) 0xe9});
        assertRefused("caption file file:" + folder + "/x/1.caption is not UTF-8: line 1 has the byte 0xe9; save it as"
                + " UTF-8, or name its encoding, such as --encoding cp1252");
    }

    @Test
    void imagesAloneNeedACaptionThatTheUserGives() throws Exception {
        files("a_red-cat.png", "");
        files("sub/_DSC1.jpg", "");
        assertThatThrownBy(() -> new DatasetFiles(folder).read())
                .hasMessageContaining("it has 2 images: add captions")
                .hasMessageContaining("--caption-from file-name|none");
        DatasetSettings names = reading(how -> how.captionFrom(CaptionFrom.FILE_NAME));
        assertThat(captions(names)).containsExactly("a_red-cat: a red-cat", "sub/_DSC1: DSC1");
        assertThat(description(names)).isEqualTo("image folder, 2 images, captions from file names");
        assertThat(captions(reading(how -> how.caption("a photo"))))
                .containsExactly("a_red-cat: a photo", "sub/_DSC1: a photo");
        DatasetSettings none = reading(how -> how.captionFrom(CaptionFrom.NONE));
        List<Row> rows = DatasetFiles.inOrder(Manifest.plan(DatasetFiles.read(none), 10));
        assertThat(column(rows, "caption")).containsExactly("", "");
        assertThat(column(rows, "rejection_code")).containsOnlyNulls();
    }

    @Test
    void shardsAreReadInTheOrderOfTheirNames() throws Exception {
        for (int shard = 0; shard < 3; shard++) {
            Path files = Files.createDirectories(folder.resolve("made/" + shard));
            new DatasetFiles(files)
                    .file(shard + "0.jpg", "picture " + shard)
                    .file(shard + "0.txt", "a cat")
                    .file(shard + "0.json", "{\"caption\": \"other\", \"edit_prompt\": \"a dog\"}")
                    .file(shard + "1.png", "x")
                    .file(shard + "1.cls", "7");
            tar("set/0000" + shard + ".tar", files);
        }
        Path set = folder.resolve("set");
        DatasetSettings settings = new DatasetFiles(set).settings();
        assertThat(captions(settings))
                .containsExactly("00: a cat", "01: 7", "10: a cat", "11: 7", "20: a cat", "21: 7");
        assertThat(description(settings)).isEqualTo("WebDataset shards (3), 6 images, captions from the shards");
        List<Row> rows = new DatasetFiles(set).plan(2);
        assertThat(column(rows, "wave")).containsExactly(0, 0, 1, 1, 2, 2);
        assertThat(new String((byte[]) column(rows, "bytes").get(2))).isEqualTo("picture 1");
        assertThat(DatasetFiles.edits(new DatasetFiles(set).plan(EditSource.DATASET)))
                .containsExactly(List.of("a dog"), List.of("a dog"), List.of("a dog"));
        byte[] whole = Files.readAllBytes(set.resolve("00001.tar"));
        Files.write(set.resolve("00001.tar"), java.util.Arrays.copyOf(whole, 1_000));
        assertThatThrownBy(() -> new DatasetFiles(set).plan(2)).hasMessageContaining("00001.tar");
    }

    @Test
    void img2datasetWritesFilesShardsOrParquet() throws Exception {
        files("files/00000_stats.json", "{}");
        files("files/00000/000000000.jpg", "");
        files("files/00000/000000000.txt", "a cat");
        files("files/00000/000000000.json", "{\"caption\": \"a cat\", \"key\": \"000000000\"}");
        parquet("files/00000.parquet", "'u' as url, 'a cat' as caption, '000000000' as key, 'success' as status");
        DatasetSettings files = new DatasetFiles(folder.resolve("files")).settings();
        assertThat(captions(files)).containsExactly("00000/000000000: a cat");
        assertThat(description(files)).isEqualTo("img2dataset image folder, 1 image, captions from a text beside each");

        tar("shards/00000.tar", folder.resolve("files/00000"));
        files("shards/00000_stats.json", "{}");
        Files.copy(folder.resolve("files/00000.parquet"), folder.resolve("shards/00000.parquet"));
        DatasetSettings shards = new DatasetFiles(folder.resolve("shards")).settings();
        assertThat(captions(shards)).containsExactly("000000000: a cat");
        assertThat(description(shards)).startsWith("img2dataset WebDataset shards, 1 image");

        files("parquet/00000_stats.json", "{}");
        parquet("parquet/00000.parquet", "'u' as url, 'a cat' as caption, '000000000' as key, 'x'::blob as jpg");
        DatasetSettings parquet = new DatasetFiles(folder.resolve("parquet")).settings();
        assertThat(captions(parquet)).containsExactly("000000000: a cat");
        assertThat(description(parquet)).startsWith("img2dataset Parquet, 1 image");
    }

    @Test
    void parquetMayHavePathsOrSparksOwnImages() throws Exception {
        parquet("metadata.parquet", "'b/0.png' as file_name, 'a cat' as text");
        assertDataset("Hugging Face image folder, 1 image, captions from metadata.parquet", "b/0: a cat");
        Files.delete(folder.resolve("metadata.parquet"));
        byte[] png = PngEncoder.encode(new RgbImage(2, 1, new byte[] {1, 2, 3, 4, 5, 6}));
        new DatasetFiles(folder).file("pictures/0.png", png);
        SparkSession spark = SparkTestSession.session();
        Dataset<Row> binaryFile = spark.read()
                .format("binaryFile")
                .load(folder.resolve("pictures").toString());
        // As spark.read.format("image") has it, which is part of MLlib: OpenCV's blue comes first.
        Dataset<Row> image = spark.sql("select named_struct('origin', 'file:///x/0.png', 'height', 1, 'width', 2,"
                + " 'nChannels', 3, 'mode', 16, 'data', X'030201060504') as image");
        for (Dataset<Row> source : List.of(image, binaryFile)) {
            Path set = folder.resolve("set" + source.columns().length);
            source.withColumn("caption", functions.lit("a cat")).write().parquet(set.toString());
            List<Row> rows = new DatasetFiles(set).plan(1);
            assertThat(column(rows, "image_id")).containsExactly("0");
            assertThat(column(rows, "bytes")).containsExactly(png);
        }
    }

    @Test
    void columnsMayBeNamed() throws Exception {
        files("captions.csv", "n,says,what,to\na.png,a cat,7,a dog\n");
        DatasetSettings named = reading(how ->
                how.imageColumn("n").captionColumn("says").idColumn("what").editColumn("to"));
        assertThat(captions(named)).containsExactly("7: a cat");
        List<Row> rows = DatasetFiles.inOrder(DatasetFiles.open(DatasetFixture.edited(named, EditSource.DATASET))
                .rows());
        assertThat(DatasetFiles.edits(rows)).containsExactly(List.of("a dog"));
        assertThatThrownBy(() -> captions(reading(how -> how.imageColumn("n").captionColumn("x"))))
                .hasMessage("no column 'x' (--caption-column) in file:" + folder
                        + "/captions.csv; its columns are: n, says, what, to");
    }

    @Test
    void cocoAndFlickrAreFoundInTheirUsualFolders() throws Exception {
        files(
                "coco/annotations/captions_val2017.json",
                "{\"images\": [{\"id\": 4, \"file_name\": \"4.jpg\"}],"
                        + " \"annotations\": [{\"id\": 2, \"image_id\": 4, \"caption\": \"b\"},"
                        + " {\"id\": 1, \"image_id\": 4, \"caption\": \"a\"}]}");
        files("coco/val2017/4.jpg", "");
        DatasetFiles coco = new DatasetFiles(folder.resolve("coco"));
        assertThat(column(coco.read(), "path")).containsExactly(coco.address("val2017/4.jpg"));
        assertThat(description(coco.settings()))
                .isEqualTo("COCO, 1 image, captions from captions_val2017.json; 1 further");
        DatasetSettings all = DatasetFixture.read(
                coco.settings(),
                new Reading.Builder().captionsPerImage(CaptionsPerImage.ALL).build());
        assertThat(captions(all)).containsExactly("4: a", "4#2: b");

        files("flickr/Flickr8k.token.txt", "1.jpg#0\tA \"red\" cat .\n1.jpg#1\tA cat .\n2.jpg#0\tA dog .\n");
        files("flickr/Flicker8k_Dataset/1.jpg", "");
        DatasetFiles flickr = new DatasetFiles(folder.resolve("flickr"));
        assertThat(captions(flickr.settings())).containsExactly("1: A \"red\" cat .", "1#2: A cat .", "2: A dog .");
        assertThat(column(flickr.read(), "path")).contains(flickr.address("Flicker8k_Dataset/1.jpg"));

        files("kaggle/captions.txt", "image,caption\n1.jpg,\"A cat , red .\"\n");
        files("kaggle/Images/1.jpg", "");
        DatasetFiles kaggle = new DatasetFiles(folder.resolve("kaggle"));
        assertThat(captions(kaggle.settings())).containsExactly("1: A cat , red .");
        assertThat(column(kaggle.read(), "path")).containsExactly(kaggle.address("Images/1.jpg"));
    }

    private void files(String name, String content) throws IOException {
        new DatasetFiles(folder).file(name, content);
    }

    private void tar(String name, Path files) throws IOException, InterruptedException {
        Path tar = folder.resolve(name);
        Files.createDirectories(tar.getParent());
        Process process = new ProcessBuilder("tar", "--sort=name", "-cf", tar.toString(), "-C", files.toString(), ".")
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();
    }

    private void parquet(String name, String columns) throws SQLException, IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        String image = columns.contains("image")
                        || columns.contains("jpg")
                        || columns.contains("file_name")
                        || columns.contains("url")
                ? ""
                : ", 'x'::blob as image";
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:")) {
            connection
                    .createStatement()
                    .execute("copy (select " + columns + image + ") to '" + file + "' (format parquet)");
        }
    }

    private DatasetSettings reading(Consumer<Reading.Builder> how) {
        Reading.Builder reading = new Reading.Builder();
        how.accept(reading);
        return DatasetFixture.read(new DatasetFiles(folder).settings(), reading.build());
    }

    private DatasetSettings split(String name) {
        return reading(how -> how.split(name));
    }

    private void assertDataset(String description, String... captions) {
        DatasetSettings settings = new DatasetFiles(folder).settings();
        assertThat(description(settings)).isEqualTo(description);
        assertThat(captions(settings)).containsExactly(captions);
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> new DatasetFiles(folder).read())
                .isInstanceOf(JobException.class)
                .hasMessage(message);
    }

    /** The first line without its beginning. */
    private static String description(DatasetSettings settings) {
        DatasetRows rows = DatasetFiles.open(settings);
        return rows.description() + (rows.further() == 0 ? "" : "; " + rows.further() + " further");
    }

    /** Id and caption of each row. */
    private static List<String> captions(DatasetSettings settings) {
        return DatasetFiles.inOrder(Manifest.plan(DatasetFiles.read(settings), 100)).stream()
                .map(row -> row.getAs("image_id") + ": " + row.getAs("caption"))
                .toList();
    }
}
