package io.sparkinversion.dataset;

import static io.sparkinversion.dataset.DatasetFiles.column;
import static io.sparkinversion.dataset.DatasetFiles.edits;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.job.Manifest;
import io.sparkinversion.job.SparkTestSession;
import io.sparkinversion.output.DatasetSource;
import io.sparkinversion.output.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which rows an editing job takes and what it makes of them; the formats' own tests say how they write edits. */
class DatasetEditsTest {
    private static final String CAPTIONS = """
            path,caption,edit_prompt,blend_words
            0.png,a cat,a dog,cat dog
            1.png,a cat,,cat dog
            2.png,a cat," a cat ",
            3.png,a cat,a (cat:1.5),
            4.png,,a dog,
            5.png,a cat,"[""a dog"",""a cow"",""a dog"","" ""]",
            6.png,a cat,a dog,cat
            7.png,a cat,"[""a dog\""",
            8.png,a dog,[photo] a dog,"[""dog dog""]"
            9.png,a cat,[],cat
            ../10.png,a cat,a dog,
            11.png,a cat,"[""a dog"", 3]",
            12.png,a cat,a dog,a fat cat
            """;

    @TempDir
    Path folder;

    @Test
    void rowsWithoutAnEditAreLeftOutAndBadOnesKept() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder).file("captions.csv", CAPTIONS);

        DatasetRows open = dataset.open(EditSource.DATASET);
        List<Row> rows = DatasetFiles.inOrder(Manifest.plan(open.rows(), 3));

        assertThat(open.leftOut()).isEqualTo(3);
        assertThat(column(rows, "image_id")).containsExactly("0", "3", "4", "5", "6", "7", "8", "../10", "11", "12");
        assertThat(column(rows, "row_index")).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
        assertThat(column(rows, "wave")).containsExactly(0, 0, 0, 1, 1, 1, 2, 2, 2, 3);
        assertThat(edits(rows))
                .containsExactly(
                        List.of("a dog | cat > dog"),
                        List.of("a (cat:1.5)"),
                        List.of("a dog"),
                        List.of("a dog", "a cow"),
                        List.of(),
                        List.of(),
                        List.of("[photo] a dog | dog > dog"),
                        List.of("a dog"),
                        List.of(),
                        List.of());
        assertThat(column(rows, "rejection_code"))
                .containsExactly(
                        null,
                        null,
                        "MISSING_CAPTION",
                        null,
                        "INVALID_EDIT",
                        "INVALID_EDIT",
                        null,
                        "INVALID_PATH",
                        "INVALID_EDIT",
                        "INVALID_EDIT");
        assertThat(column(rows, "rejection_message"))
                .contains(
                        "the row has no caption (row 5 of the dataset, path '" + dataset.address("4.png")
                                + "'); give it one",
                        "blend_words 'cat' is 1 word; expected a word of the caption and one of the edit prompt, such"
                                + " as 'cat dog' (row 7 of the dataset, path '" + dataset.address("6.png") + "')",
                        "edit_prompt begins like a list of texts and is none: [\"a dog\"; write it as JSON, such as"
                                + " [\"a dog\", \"a cow\"] (row 8 of the dataset, path '" + dataset.address("7.png")
                                + "')",
                        "blend_words 'a fat cat' are 3 words; expected a word of the caption and one of the edit"
                                + " prompt, such as 'cat dog' (row 13 of the dataset, path '"
                                + dataset.address("12.png") + "')");
    }

    @Test
    void templatesReplaceTheDatasetsEdits() throws Exception {
        DatasetFiles dataset =
                new DatasetFiles(folder).file("captions.csv", CAPTIONS.replace("2.png,a cat", "2.png,a hen"));
        EditSource templates =
                EditSource.templates(List.of("s/cat/pig/", "s/hen/cock/", "s/dog$/dog/", "s/c(.)t/pig/", "s/cat//"));

        DatasetRows open = dataset.open(templates);
        List<Row> rows = DatasetFiles.inOrder(Manifest.plan(open.rows(), 100));

        assertThat(open.leftOut()).isEqualTo(1);
        assertThat(column(rows, "image_id")).hasSize(12).doesNotContain("8");
        assertThat(edits(rows.subList(0, 5)))
                .containsExactly(
                        List.of("a pig", "a "),
                        List.of("a pig", "a "),
                        List.of("a cock"),
                        List.of("a pig", "a "),
                        List.of());
        assertThat(column(rows, "rejection_code"))
                .containsOnlyOnce("MISSING_CAPTION", "INVALID_PATH")
                .hasSize(12);
        assertThat(column(rows, "rejection_code")).doesNotContain("INVALID_EDIT");
        List<Row> fixed = dataset.plan(EditSource.templates(List.of("a dog", "{caption} in oil")));
        assertThat(edits(fixed)).hasSize(13).contains(List.of("a dog in oil"), List.of("a dog", "a hen in oil"));
    }

    @Test
    void aTemplateThatDoesNotEndRejectsItsRowAndNoOther() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder)
                .file("captions.csv", "path,caption\na.png,aab\nb.png," + "a".repeat(60) + " c\nc.png,aaaab\n");

        List<Row> rows = dataset.plan(EditSource.templates(List.of("s/^(a+)+\\1b/x/", "y")));

        assertThat(edits(rows)).containsExactly(List.of("x", "y"), List.of(), List.of("x", "y"));
        assertThat(column(rows, "rejection_code")).containsExactly(null, "INVALID_EDIT", null);
        assertThat(rows.get(1).<String>getAs("rejection_message"))
                .startsWith("edit template 's/^(a+)+\\1b/x/' backtracks too often on this caption of 62 characters")
                .endsWith(" (row 2 of the dataset, path '" + dataset.address("b.png") + "')");
    }

    @Test
    void theLimitCountsAllRowsAndTheSampleIsDrawnFromTheEditedOnes() throws Exception {
        writeEveryThird(300);

        DatasetRows front = open(100, 0);
        assertThat(front.leftOut()).isEqualTo(66);
        assertThat(front.count()).isEqualTo(34);
        assertThat(column(front.rows(), "image_id")).hasSize(34).first().isEqualTo("i0");
        assertThat(column(front.rows(), "image_id")).last().isEqualTo("i99");

        DatasetRows drawn = open(200, 10);
        assertThat(drawn.leftOut()).isEqualTo(133);
        assertThat(drawn.count()).isEqualTo(10);
        List<Row> rows = DatasetFiles.inOrder(drawn.rows());
        assertThat(column(rows, "row_index")).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
        assertThat(column(rows, "caption"))
                .allSatisfy(caption -> assertThat(caption).isEqualTo("a cat"));
        assertThat(edits(rows)).allSatisfy(edits -> assertThat(edits).isEqualTo(List.of("a dog")));
    }

    @Test
    void rowsThatStayAreNumberedInOrderHoweverTheDatasetIsCut() throws Exception {
        // More than two of the bitmaps that the numbers are counted in.
        int rows = 70_000;
        writeEveryThird(rows);
        var spark = SparkTestSession.session();
        spark.conf().set("spark.sql.files.maxPartitionBytes", "100000");
        try {
            DatasetRows open = open(0, 0);
            assertThat(open.leftOut()).isEqualTo(rows - 23_334);
            List<Row> kept = DatasetFiles.inOrder(open.rows());
            assertThat(kept).hasSize(23_334);
            for (int i = 0; i < kept.size(); i++) {
                assertThat(kept.get(i).<Long>getAs("row_index")).isEqualTo(i);
                assertThat(kept.get(i).<String>getAs("image_id")).isEqualTo("i" + 3 * i);
            }
        } finally {
            spark.conf().unset("spark.sql.files.maxPartitionBytes");
        }
    }

    @Test
    void noEditsAtAllAreAnError() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder)
                .file("captions.csv", "path,caption,edit_prompt\na.png,a cat,\nb.png,a cat,a cat\n");
        String none = "none of the 2 rows of dataset " + folder + " has an edit: ";
        assertThatThrownBy(() -> dataset.open(EditSource.DATASET))
                .isInstanceOf(JobException.class)
                .hasMessage(none + "no edit prompt differs from its caption; fill them in, or give edit templates such"
                        + " as 's/cat/dog/'");
        assertThatThrownBy(() -> dataset.open(EditSource.templates(List.of("s/dog/cow/", "s/x/y/"))))
                .isInstanceOf(JobException.class)
                .hasMessage(none + "no template changes a caption; give others than s/dog/cow/, s/x/y/");
        dataset.file("captions.csv", "path,caption\na.png,a cat\n");
        assertThatThrownBy(() -> dataset.open(EditSource.DATASET))
                .isInstanceOf(JobException.class)
                .hasMessage("no column for the edit prompts in " + dataset.address("captions.csv")
                        + " (edit_prompt, edited_prompt, editing_prompt ...); its columns are: path, caption; name one with"
                        + " --edit-column, or give edit templates such as 's/cat/dog/'");
    }

    @Test
    void rowsOfTheSampleDataWithoutAnEditAreLeftOut() throws Exception {
        Path samples = Path.of("data-samples").toAbsolutePath();
        DatasetRows open = new DatasetFiles(samples).open(EditSource.DATASET);
        assertThat(open.leftOut()).isEqualTo(82);
        assertThat(edits(DatasetFiles.inOrder(open.rows())))
                .hasSize(18)
                .startsWith(
                        List.of("fluent emoji of tiger face"),
                        List.of("fluent emoji of donkey", "fluent emoji of horse"));
    }

    @Test
    void editsMayChangeButNotWhetherThereAreAny() {
        DatasetSource none = source(0, EditSource.NONE);
        DatasetSource own = source(0, EditSource.DATASET);
        DatasetSource one = source(0, EditSource.templates(List.of("a dog")));
        assertThat(none.droppedBy(none)).isEmpty();
        assertThat(own.droppedBy(one)).isEmpty();
        assertThat(source(5, EditSource.DATASET).droppedBy(one)).isEmpty();
        assertThat(one.droppedBy(source(5, EditSource.DATASET)))
                .contains("sample: none there, 5 with seed 0 here, which would drop finished rows");
        assertThat(none.droppedBy(own))
                .contains("edits: none there, {edit_prompt} here, which would drop finished rows");
        assertThat(one.droppedBy(none)).contains("edits: a dog there, none here, which would drop finished rows");
    }

    @Test
    void resultsOlderThanEditsHaveNone() throws Exception {
        String json = "{\"root\": \"file:/x\", \"format\": \"auto\", \"limit\": 0, \"sample\": 0, \"seed\": 0}";
        assertThat(Json.read(json, DatasetSource.class).edits()).isEmpty();
        DatasetSource edited = source(0, EditSource.templates(List.of("s/\"cat\"/dog/")));
        assertThat(Json.read(Json.write(edited), DatasetSource.class)).isEqualTo(edited);
    }

    private static DatasetSource source(long sample, EditSource edits) {
        return new DatasetSource("file:/x", null, "auto", 0, sample, 0, edits.names(), Map.of());
    }

    private DatasetRows open(long limit, long sample) {
        DatasetSettings settings =
                new DatasetSettings(folder.toString(), null, Format.JSON_LINES, limit, sample, 0, EditSource.DATASET);
        return DatasetFiles.open(settings);
    }

    private void writeEveryThird(int rows) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < rows; i++) {
            String line = "{'id': 'i%d', 'path': '%d.png', 'caption': '%s', 'edit_prompt': 'a dog'}%n"
                    .formatted(i, i, i % 3 == 0 ? "a cat" : "a dog");
            lines.append(line.replace('\'', '"'));
        }
        Files.writeString(folder.resolve("captions.jsonl"), lines);
    }
}
