package io.sparkinversion.dataset;

import static io.sparkinversion.dataset.DatasetFiles.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.job.SparkTestSession;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonLinesCaptionsTest {
    @TempDir
    Path folder;

    @Test
    void everyLineIsARow() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder)
                .file(
                        "captions.jsonl",
                        "{\"path\": \"a.png\", \"caption\": \"a \\\"cat\\\",\\nsitting\", \"width\": 64}\n"
                                + "{\"edit_prompt\": \"a cow\", \"id\": 17, \"caption\": \"a dog\","
                                + " \"path\": \"x/b.png\"}\n"
                                + "{\"path\": \"c.png\", \"caption\": null}\r\n"
                                + "{\"caption\": \"caf\\u00e9 \\ud83d\\ude3a\"}");
        List<Row> rows = DatasetFiles.inOrder(dataset.read());
        assertThat(column(rows, "caption")).containsExactly("a \"cat\",\nsitting", "a dog", null, "café 😺");
        assertThat(column(rows, "image_id")).containsExactly("a", "17", "c", "3");
        assertThat(column(rows, "row_index")).containsExactly(0L, 1L, 2L, 3L);
        assertThat(column(rows, "path_problem")).containsExactly(null, null, null, "the row has no path");
    }

    @Test
    void editPromptsAndBlendWordsMayBeLists() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder).file("captions.jsonl", """
                        {"path": "0.png", "caption": "a cat", "edit_prompt": ["a dog", "a cow"],
                         "blend_words": "cat dog"}
                        {"path": "1.png", "caption": "a cat", "edit_prompt": "[\\"a dog\\"]",
                         "blended_word": ["cat dog"]}
                        {"path": "2.png", "caption": "a cat", "edit_prompt": [" ", null], "blend_words": ["cat dog"]}
                        {"path": "3.png", "caption": "a cat", "edit_prompt": ["a dog", 7, "a cow"],
                         "blend_words": [null, "cat 7", ""]}
                        {"path": "4.png", "caption": "a cat"}
                        {"path": "5.png", "caption": "a cat", "edit_prompt": ["a dog", "a cow"],
                         "blend_words": ["cat dog", "cat cow", "cat pig"]}
                        """.replace(",\n ", ", "));

        List<Row> rows = dataset.plan(EditSource.DATASET);

        assertThat(column(rows, "image_id")).containsExactly("0", "1", "3", "5");
        assertThat(DatasetFiles.edits(rows))
                .containsExactly(
                        List.of("a dog | cat > dog", "a cow | cat > dog"),
                        List.of("[\"a dog\"] | cat > dog"),
                        List.of("a dog", "7 | cat > 7", "a cow"),
                        List.of());
        assertThat(column(rows, "rejection_code")).containsExactly(null, null, null, "INVALID_EDIT");
        assertThat(rows.get(3).<String>getAs("rejection_message"))
                .isEqualTo("blend_words has 3 entries for 2 edit prompts; give one for each, or one for all (row 6 of"
                        + " the dataset, path '" + dataset.address("5.png") + "')");
    }

    @Test
    void editsThatAreNotAskedForMayBeAnything() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder)
                .file("captions.jsonl", "{\"path\": \"a.png\", \"caption\": \"a\", \"edit_prompt\": [{\"x\": 1}]}\n");
        assertThat(column(dataset.read(), "row_problem")).containsExactly((Object) null);
        assertThatThrownBy(() -> dataset.open(EditSource.DATASET))
                .isInstanceOf(JobException.class)
                .hasMessage("line 1 of captions file " + dataset.address("captions.jsonl")
                        + " has no text in the list under edit_prompt but an object");
        dataset.file("captions.jsonl", "{\"path\": \"a.png\", \"caption\": \"a\", \"edit\": \"b\"}\n");
        assertThatThrownBy(() -> dataset.open(EditSource.DATASET))
                .isInstanceOf(JobException.class)
                .hasMessage("no column for the edit prompts in " + dataset.address("captions.jsonl")
                        + " (edit_prompt, edited_prompt, editing_prompt ...); its columns are: path, caption, edit; name"
                        + " one with --edit-column, or give edit templates such as 's/cat/dog/'");
    }

    @Test
    void huggingFacesNamesAreSynonyms() throws Exception {
        Dataset<Row> rows = new DatasetFiles(folder)
                .file("metadata.jsonl", "{\"file_name\": \"train/0001.png\", \"text\": \"a cat\"}\n")
                .read();
        assertThat(column(rows, "image_id")).containsExactly("train/0001");
        assertThat(column(rows, "caption")).containsExactly("a cat");
    }

    @Test
    void blankLinesAndAByteOrderMarkAreSkipped() throws Exception {
        Dataset<Row> rows = new DatasetFiles(folder)
                .file(
                        "captions.jsonl",
                        "\uFEFF{\"path\": \"a.png\", \"caption\": \"a\"}\n\n  \n"
                                + "{\"path\": \"b.png\", \"caption\": \"b\"}\n\n")
                .read();
        assertThat(column(rows, "row_index")).containsExactly(0L, 1L);
        assertThat(column(rows, "image_id")).containsExactly("a", "b");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"path\": \"b.png\", \"caption\" | is no JSON object: Unexpected end-of-input",
                "{\"path\": \"b.png\"} trailing   | is no JSON object: Unrecognized token 'trailing'",
                "[{\"path\": \"b.png\"}]          | is no JSON object but array",
                "null                             | is no JSON object but null",
                "{\"path\": \"b\", \"caption\": {\"x\": 1}} | has no text under caption but an object",
            })
    void aMalformedLineIsNamedByItsNumber(String line, String problem) throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder)
                .file(
                        "captions.jsonl",
                        "{\"path\": \"a.png\", \"caption\": \"a\"}\n\n" + line + "\n{\"path\": \"c.png\"}\n{\n");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessageStartingWith("line 3 of captions file " + dataset.address("captions.jsonl") + " " + problem)
                .hasMessageNotContaining("\n");
    }

    @Test
    void missingKeysAreNamedWithThoseThatAreThere() throws Exception {
        DatasetFiles dataset =
                new DatasetFiles(folder).file("captions.jsonl", "{\"path\": \"a.png\", \"label\": \"a cat\"}\n");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessage("no column for the captions in " + dataset.address("captions.jsonl")
                        + " (caption, text, prompt ...); its columns are: path, label; name one with --caption-column,"
                        + " or give --caption or --caption-from");
    }

    @Test
    void anEmptyFileIsAnError() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder).file("captions.jsonl", "\n\n");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessage("captions file " + dataset.address("captions.jsonl") + " has no lines");
    }

    @Test
    void theOrderOfAFileThatIsReadInPartsIsKept() throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 5_000; i++) {
            lines.append("{\"path\": \"")
                    .append(i)
                    .append(".png\", \"caption\": \"number ")
                    .append(i)
                    .append("\"}\n");
        }
        DatasetFiles dataset = new DatasetFiles(folder).file("captions.jsonl", lines.toString());
        var spark = SparkTestSession.session();
        spark.conf().set("spark.sql.files.maxPartitionBytes", "20000");
        try {
            List<Row> rows = DatasetFiles.inOrder(dataset.read());
            assertThat(rows).hasSize(5_000);
            for (int i = 0; i < 5_000; i++) {
                assertThat(rows.get(i).<Long>getAs("row_index")).isEqualTo(i);
                assertThat(rows.get(i).<String>getAs("image_id")).isEqualTo(Integer.toString(i));
            }
        } finally {
            spark.conf().unset("spark.sql.files.maxPartitionBytes");
        }
    }
}
