package io.sparkinversion.dataset;

import static io.sparkinversion.dataset.DatasetFiles.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.job.Manifest;
import io.sparkinversion.worker.EditWork;
import io.sparkinversion.worker.WorkItem;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PieBenchEntriesTest {
    /** The first entry is the one that the benchmark's own description shows. */
    private static final String ENTRIES = """
            {
              "000000000000": {
                "image_path": "0_random_140/000000000000.jpg",
                "original_prompt": "a slanted mountain bicycle on the road in front of a building",
                "editing_prompt": "a slanted [rusty] mountain bicycle on the road in front of a building",
                "editing_instruction": "Make the frame of the bike rusty",
                "editing_type_id": "0",
                "blended_word": "bicycle bicycle",
                "mask": [513, 2, 1030, 1, 262100, 500]
              },
              "1": {"image_path": "1.jpg", "original_prompt": "a [cat] sitting", "editing_prompt": "a [dog] sitting",
                    "blended_word": "", "mask": []},
              "2": {"image_path": "2.jpg", "original_prompt": "a cat", "editing_prompt": "a [cat]", "mask": [0, 5]},
              "3": {"image_path": "3.jpg", "editing_prompt": "a dog", "mask": [0, 5]},
              "4": {"image_path": "../../secret.jpg", "original_prompt": "a cat", "editing_prompt": "a dog"},
              "5": {"image_path": "5.jpg", "original_prompt": "a cat", "editing_prompt": "a dog", "mask": [1, 2, 3]},
              "6": {"image_path": "6.jpg", "original_prompt": "a cat", "editing_prompt": "a dog", "mask": [262144, 1]},
              "7": {"image_path": "7.jpg", "original_prompt": "a cat", "editing_prompt": "a dog", "mask": [1, 2.5]},
              "8": {"image_path": "8.jpg", "original_prompt": "a cat", "editing_prompt": "a dog", "mask": "1 2"},
              "9": {"image_path": "9.jpg", "original_prompt": "a cat", "editing_prompt": ["a dog"]},
              "10": {"image_path": "10.jpg", "original_prompt": "a cat", "editing_prompt": "a dog",
                     "blended_word": "cat"},
              "11": {"image_path": "11.jpg", "original_prompt": "a cat", "editing_prompt": "a dog",
                     "blended_word": "cat  dog and more"},
              "12": "no object",
              "13": null,
              "1": {"image_path": "1b.jpg", "original_prompt": "a cat", "editing_prompt": "a dog"}
            }
            """;

    @TempDir
    Path folder;

    @Test
    void entriesAreImagesWithOneEdit() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder)
                .file("mapping_file.json", ENTRIES)
                .file("annotation_images/1.jpg", "12345")
                .file("secret.jpg", "1");

        DatasetRows open = dataset.open(EditSource.DATASET);
        List<Row> rows = DatasetFiles.inOrder(DatasetFiles.withFileFacts(Manifest.plan(open.rows(), 100), true));

        assertThat(open.leftOut()).isEqualTo(1);
        assertThat(open.count()).isEqualTo(14);
        assertThat(column(rows, "image_id"))
                .containsExactly("000000000000", "1", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "1#2");
        WorkItem bicycle = ManifestSchema.item(rows.get(0));
        assertThat(bicycle.path()).isEqualTo(dataset.address("annotation_images/0_random_140/000000000000.jpg"));
        assertThat(bicycle.caption()).isEqualTo("a slanted mountain bicycle on the road in front of a building");
        EditWork edit = bicycle.edit();
        assertThat(edit.prompts()).hasSize(1);
        assertThat(edit.prompts().get(0).text())
                .isEqualTo("a slanted rusty mountain bicycle on the road in front of a building");
        assertThat(edit.prompts().get(0).sourceWords()).containsExactly("bicycle");
        assertThat(edit.prompts().get(0).targetWords()).containsExactly("bicycle");
        // Pixels 1 and 2 of the second line, 6 of the third, and all of the border.
        PixelMask mask = edit.mask();
        assertThat(mask.width()).isEqualTo(512);
        assertThat(mask.height()).isEqualTo(512);
        assertThat(mask.count()).isEqualTo(4 * 511 + 3);
        assertThat(mask.at(1, 1) && mask.at(2, 1) && mask.at(6, 2) && mask.at(511, 100))
                .isTrue();
        assertThat(mask.at(3, 1) || mask.at(5, 2)).isFalse();
        assertThat(DatasetFiles.edits(rows.subList(1, 3))).containsExactly(List.of("a dog sitting"), List.of("a dog"));
        assertThat(column(rows, "caption")).element(1).isEqualTo("a cat sitting");
        assertThat(ManifestSchema.item(rows.get(1)).edit().mask().count()).isEqualTo(4 * 511);
        assertThat(column(rows, "size")).element(1).isEqualTo(5L);
        assertThat(DatasetFiles.edits(rows)).element(10).isEqualTo(List.of("a dog | cat > dog"));
        assertThat(ManifestSchema.item(rows.get(10)).edit().mask()).isNull();
    }

    @Test
    void badEntriesAreRejectedRows() throws Exception {
        DatasetFiles dataset =
                new DatasetFiles(folder).file("mapping_file.json", ENTRIES).file("annotation_images/1.jpg", "1");

        List<Row> rows = dataset.plan(EditSource.DATASET).subList(2, 14);

        assertThat(rows.stream().map(row -> row.getAs("image_id") + " " + row.getAs("rejection_code")))
                .containsExactly(
                        "3 MISSING_CAPTION",
                        "4 INVALID_PATH",
                        "5 INVALID_MASK",
                        "6 INVALID_MASK",
                        "7 INVALID_MASK",
                        "8 INVALID_MASK",
                        "9 INVALID_EDIT",
                        "10 INVALID_EDIT",
                        "11 null",
                        "12 INVALID_PATH",
                        "13 INVALID_PATH",
                        "1#2 DUPLICATE_ID");
        assertThat(column(rows, "rejection_message").subList(1, 7))
                .containsExactly(
                        "path '../../secret.jpg' is outside of the dataset's root "
                                + dataset.address("annotation_images"),
                        "the mask is malformed: run lengths come in pairs of start and length, but these are 3 numbers:"
                                + " run 1 starts at 3 and has no length" + row(5, dataset),
                        "the mask is malformed: run 0 starts at pixel 262144; a canvas of 512x512 has the pixels 0 to"
                                + " 262143" + row(6, dataset),
                        "the mask is malformed: expected whole numbers, not 2.5 at place 1" + row(7, dataset),
                        "the mask is malformed: expected a list of starts and lengths, not string" + row(8, dataset),
                        "editing_prompt is no text but an array" + row(9, dataset));
    }

    @Test
    void withoutEditsOnlyPathsAndPromptsAreRead() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder).file("mapping_file.json", ENTRIES);
        // There is no annotation_images here: paths begin at the root.
        List<Row> rows = dataset.plan(100);
        assertThat(rows).hasSize(15);
        assertThat(column(rows, "rejection_code"))
                .containsOnly(null, "MISSING_CAPTION", "INVALID_PATH", "DUPLICATE_ID");
        assertThat(column(rows, "path")).element(1).isEqualTo(dataset.address("1.jpg"));
        assertThat(column(rows, "mask")).containsOnlyNulls();
        assertThat(DatasetFiles.edits(rows)).containsOnly(List.of());
    }

    @Test
    void theFileMayBeNamedAndCompressedAndHaveTemplatesInstead() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
            zip.write(("\uFEFF" + ENTRIES).getBytes(StandardCharsets.UTF_8));
        }
        new DatasetFiles(folder)
                .file("maps/mapping_file_2.json.gz", bytes.toByteArray())
                .file("images/1.jpg", "1");
        DatasetSettings settings = new DatasetSettings(
                folder + "/images",
                folder + "/maps/mapping_file_2.json.gz",
                Format.AUTO,
                2,
                0,
                0,
                EditSource.templates(List.of("s/a cat/two dogs/")));

        DatasetRows open = DatasetFiles.open(settings);

        assertThat(open.leftOut()).isEqualTo(1);
        List<Row> rows = DatasetFiles.inOrder(Manifest.plan(open.rows(), 100));
        assertThat(DatasetFiles.edits(rows)).containsExactly(List.of("two dogs sitting"));
        assertThat(column(rows, "path")).containsExactly("file:" + folder + "/images/1.jpg");
        assertThat(column(rows, "mask")).containsOnlyNulls();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "{'1': {'image_path': '1.jpg',         ; Unexpected end-of-input; (line 1, column 30)",
                "{'1': {}}#{'2': ; there is something behind the end of the object; (line 2, column 1)",
                "{'1': {}, #'2' {}}                    ; Unexpected character ('{' (code 123)); (line 2, column 5)",
                "[{}]                                  ; it is no JSON object; (line 1, column 1)",
                "{'1': {'mask': [1, 2, 03]}} ; Invalid numeric value: Leading zeroes not allowed; (line 1, column 24)",
            })
    void malformedFilesAreErrorsThatSayWhere(String content, String problem, String place) throws Exception {
        assertFails(content.replace('#', '\n').replace('\'', '"'), " is not PIE-Bench's JSON: " + problem, place);
    }

    @Test
    void otherFilesAreErrors() throws Exception {
        assertFails("", " is not PIE-Bench's JSON: it is empty", ")");
        assertFails("{}", " lists no images");
        assertFails(
                "{\"images\": [], \"annotations\": []}", " is not PIE-Bench's: none of its 2 entries has image_path");
        assertFails(
                "{\"1\": {\"image_path\": \"1.jpg\"}}",
                " is not PIE-Bench's: none of its 1 entries has original_prompt");
    }

    private void assertFails(String content, String... parts) throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder).file("mapping_file.json", content);
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessageStartingWith("captions file " + dataset.address("mapping_file.json") + parts[0])
                .hasMessageEndingWith(parts[parts.length - 1])
                .hasMessageNotContaining("\n");
    }

    @Test
    void aFileOfTheBenchmarksSizeIsReadAnEntryAtATime() throws Exception {
        Random random = new Random(5);
        Map<String, Object> entries = new LinkedHashMap<>();
        for (int i = 0; i < 700; i++) {
            List<Integer> runs = new ArrayList<>();
            for (int line = 0; line < 512; line += 1 + random.nextInt(2)) {
                runs.add(line * 512 + random.nextInt(200));
                runs.add(1 + random.nextInt(300));
            }
            entries.put(
                    "%012d".formatted(i),
                    Map.of(
                            "image_path",
                            i + ".jpg",
                            "original_prompt",
                            "a cat " + i,
                            "editing_prompt",
                            "a dog " + i,
                            "blended_word",
                            "cat dog",
                            "mask",
                            runs));
        }
        new DatasetFiles(folder).file("mapping_file.json", new ObjectMapper().writeValueAsBytes(entries));

        List<Row> rows = DatasetFiles.inOrder(
                new DatasetFiles(folder).open(EditSource.DATASET).rows());

        assertThat(column(rows, "image_id")).isEqualTo(List.copyOf(entries.keySet()));
        assertThat(column(rows, "row_problem")).containsOnlyNulls();
        assertThat(rows.get(699).<Row>getAs("mask").getList(2)).hasSizeGreaterThan(600);
    }

    private static String row(int row, DatasetFiles dataset) {
        return " (row " + (row + 1) + " of the dataset, path '" + dataset.address("annotation_images/" + row + ".jpg")
                + "')";
    }
}
