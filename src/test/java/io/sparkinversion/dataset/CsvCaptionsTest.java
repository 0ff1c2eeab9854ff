package io.sparkinversion.dataset;

import static io.sparkinversion.dataset.DatasetFiles.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.format.Format;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvCaptionsTest {
    @TempDir
    Path folder;

    @Test
    void quotedFieldsMayHoldCommasQuotesAndLineEnds() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder)
                .file(
                        "captions.csv",
                        "path,caption\n"
                                + "a.png,\"a cat, sitting\"\n"
                                + "b.png,\"the \"\"big\"\" one\"\n"
                                + "c.png,\"first line\nsecond line\r\nthird\"\n"
                                + "\"d, e.png\",\"\"\"quoted\"\"\"\n"
                                + "f.png,café 猫 🐈\n");
        List<List<String>> expected = duckDb(folder.resolve("captions.csv"), "path", "caption");

        Dataset<Row> rows = dataset.read();

        assertThat(column(rows, "caption"))
                .isEqualTo(expected.stream().map(row -> row.get(1)).toList());
        assertThat(column(rows, "path"))
                .isEqualTo(expected.stream()
                        .map(row -> dataset.address(row.get(0)))
                        .toList());
        assertThat(column(rows, "caption"))
                .contains("a cat, sitting", "the \"big\" one", "first line\nsecond line\r\nthird", "\"quoted\"");
    }

    @Test
    void columnsComeInAnyOrderAndFurtherOnesAreIgnored() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder)
                .file("captions.csv", " Split ,edit_prompt,CAPTION,id, path\ntest,a dog,a cat,7,x/a.png\n");
        Dataset<Row> rows = dataset.read();
        assertThat(rows.columns())
                .containsExactly(
                        "row_index",
                        "image_id",
                        "id_derived",
                        "path",
                        "caption",
                        "edits",
                        "mask",
                        "category",
                        "path_problem",
                        "row_problem");
        assertThat(rows.drop("edits").collectAsList().get(0).toString())
                .isEqualTo("[0,7,false,file:" + folder + "/x/a.png,a cat,null,null,null,null]");
        assertThat(DatasetFiles.edits(rows.collectAsList())).containsExactly(List.of());
        assertThat(DatasetFiles.edits(dataset.plan(EditSource.DATASET))).containsExactly(List.of("a dog"));
    }

    @Test
    void aByteOrderMarkAndWindowsLineEndsAreNoPartOfTheColumns() throws Exception {
        Dataset<Row> rows = new DatasetFiles(folder)
                .file("captions.csv", "\uFEFFpath,caption\r\na.png,a cat\r\nb.png,a dog\r\n")
                .read();
        assertThat(column(rows, "image_id")).containsExactly("a", "b");
        assertThat(column(rows, "caption")).containsExactly("a cat", "a dog");
    }

    @Test
    void shortRowsLackTheirLastFieldsAndASurplusCommaIsNothing() throws Exception {
        Dataset<Row> rows = new DatasetFiles(folder)
                .file("captions.csv", "path,caption,edit_prompt\na.png,a cat\nb.png\nc.png,a dog,a cow,\n\n")
                .read();
        assertThat(column(rows, "caption")).containsExactly("a cat", null, "a dog");
        List<Row> edited = new DatasetFiles(folder).plan(EditSource.DATASET);
        assertThat(column(edited, "image_id")).containsExactly("b", "c");
        assertThat(DatasetFiles.edits(edited)).containsExactly(List.of(), List.of("a cow"));
    }

    @Test
    void anUnquotedCommaInACaptionIsAnError() throws Exception {
        DatasetFiles dataset =
                new DatasetFiles(folder).file("captions.csv", "path,caption\na.png,a cat\nb.png,a dog, sitting\n");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessage("row 2 (path 'b.png') of captions file " + dataset.address("captions.csv")
                        + " has more than the header's 2 fields; put fields that contain a comma in double quotes");
    }

    @Test
    void aQuoteThatNeverEndsIsAnErrorAndNotOneLongCaption() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder)
                .file("captions.csv", "path,caption\na.png,a cat\nb.png,\"a dog\nc.png,a cow\nd.png,a pig\n");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessage("row 2 of captions file " + dataset.address("captions.csv")
                        + " opens a double quote that does not end; double the quotes inside of quoted fields");
    }

    @Test
    void whatIsBehindTheLimitIsNoError() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder)
                .file("captions.csv", "path,caption\na.png,a cat\nb.png,\"a\ndog\"\nc.png,a cow, a pig\nd.png,\"a\n");
        DatasetRows front = DatasetFiles.open(new DatasetSettings(folder.toString(), null, Format.CSV, 2));
        assertThat(column(front.rows(), "caption")).containsExactly("a cat", "a\ndog");
        assertThat(front.count()).isEqualTo(2);
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessageStartingWith("row 3 (path 'c.png')");
    }

    @Test
    void lineEndsInTheLastCaptionAreNoError() throws Exception {
        DatasetFiles dataset =
                new DatasetFiles(folder).file("captions.csv", "path,caption\nb.png,\"a dog\nand a cow\"\n");
        assertThat(column(dataset.read(), "caption")).containsExactly("a dog\nand a cow");
    }

    @Test
    void missingColumnsAreNamedWithThoseThatAreThere() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder).file("captions.csv", "url,caption,label\na.png,a cat,3\n");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessage("no column for the image paths in " + dataset.address("captions.csv")
                        + " (path, file_name, filename ...); its columns are: url, caption, label; name one with"
                        + " --image-column");
        dataset.file("captions.csv", "path,label\na.png,3\n");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessage("no column for the captions in " + dataset.address("captions.csv")
                        + " (caption, text, prompt ...); its columns are: path, label; name one with --caption-column,"
                        + " or give --caption or --caption-from");
    }

    @Test
    void filesWithoutRowsAreErrors() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder).file("captions.csv", "path,caption\n");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessage("captions file " + dataset.address("captions.csv") + " has a header and no rows");
        dataset.file("captions.csv", "");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessageStartingWith("captions file " + dataset.address("captions.csv") + " is empty");
    }

    @Test
    void aCaptionOfTenThousandWordsIsKept() throws Exception {
        String caption = "word ".repeat(10_000).strip();
        DatasetFiles dataset = new DatasetFiles(folder).file("captions.csv", "path,caption\na.png," + caption + "\n");
        assertThat(column(dataset.read(), "caption")).containsExactly(caption);
    }

    @Test
    void compressedCaptionsAreRead() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
            zip.write("path,caption\na.png,a cat\n".getBytes(StandardCharsets.UTF_8));
        }
        DatasetFiles dataset = new DatasetFiles(folder).file("list.csv.gz", bytes.toByteArray());
        DatasetSettings settings = new DatasetSettings(folder.toString(), folder + "/list.csv.gz", Format.AUTO, 0);
        assertThat(column(DatasetFiles.read(settings), "path")).containsExactly(dataset.address("a.png"));
    }

    @Test
    void theEvaluationCaptionsAreReadAsDuckDbReadsThem() throws Exception {
        Path captions = Path.of("../shared/eval/captions.csv").toAbsolutePath().normalize();
        Assumptions.assumeTrue(Files.exists(captions), "../shared/eval is not there");
        List<List<String>> expected = duckDb(captions, "id", "path", "caption", "edit_prompt");
        DatasetFiles dataset = new DatasetFiles(captions.getParent());
        List<Row> rows = dataset.plan(64);
        assertThat(rows).hasSize(expected.size());
        List<List<String>> edited =
                expected.stream().filter(row -> row.get(3) != null).toList();
        List<Row> edits = dataset.plan(EditSource.DATASET);
        assertThat(column(edits, "image_id"))
                .isEqualTo(edited.stream().map(row -> row.get(0)).toList());
        assertThat(DatasetFiles.edits(edits))
                .isEqualTo(edited.stream().map(row -> List.of(row.get(3))).toList());
        for (int i = 0; i < expected.size(); i++) {
            Row row = rows.get(i);
            assertThat(new String[] {row.getAs("image_id"), row.getAs("caption")})
                    .containsExactly(expected.get(i).get(0), expected.get(i).get(2));
            Path image = captions.resolveSibling(expected.get(i).get(1));
            assertThat(row.<String>getAs("path")).isEqualTo("file:" + image);
            assertThat(row.<Long>getAs("size")).isEqualTo(Files.size(image));
            assertThat(row.isNullAt(row.fieldIndex("rejection_code"))).isTrue();
        }
    }

    /** The file as DuckDB's own CSV reader has it; empty fields are null. */
    private static List<List<String>> duckDb(Path csv, String... columns) throws SQLException {
        String query = "select " + String.join(", ", columns) + " from read_csv('" + csv
                + "', header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', strict_mode = false,"
                + " parallel = false)";
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                ResultSet result = connection.createStatement().executeQuery(query)) {
            List<List<String>> rows = new ArrayList<>();
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= columns.length; i++) {
                    row.add(result.getString(i));
                }
                rows.add(row);
            }
            return rows;
        }
    }
}
