package io.sparkinversion.dataset;

import static io.sparkinversion.dataset.DatasetFiles.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.format.Reading;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Captions in texts that are not what RFC 4180 has: read as meant where that is certain, else refused. */
class CsvTextTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                // Backslashes before quotes.
                "\"a \\\"red\\\", round cat\"        ~ a \"red\", round cat",
                "\"a \\\"red\\\" cat\"               ~ a \"red\" cat",
                "\"\\\"red\\\" cat\",                ~ \"red\" cat",
                "\"a cat called \\\"Tom\\\"\"        ~ a cat called \"Tom\"",
                "\"a \\\", round cat\"               ~ a \", round cat",
                // A backslash at the end of a quoted field is itself where nothing else makes sense.
                "\"C:\\cats\\\",                     ~ C:\\cats\\",
                // Blanks before a quote.
                "  \"a red, round cat\"              ~ a red, round cat",
                "  \"a red, round cat\"  ,           ~ a red, round cat",
                // Quotes inside of a field that is not quoted.
                "a 5\" cat                           ~ a 5\" cat",
                "a \"red\" cat                       ~ a \"red\" cat",
                "a cat called \"Tom\"                ~ a cat called \"Tom\"",
            })
    void isReadAsMeant(String field, String caption) throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder)
                .file("captions.csv", "path,caption,edit_prompt\nx.png,a dog,\n0.png," + field + "\n");
        List<Row> rows = dataset.plan(10);
        assertThat(column(rows, "caption")).containsExactly("a dog", caption);
        assertThatThrownBy(() -> dataset.plan(EditSource.DATASET)).hasMessageContaining("no edit prompt");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "\"red\" cat, sitting,        ~ has text behind the double quote that ends a field",
                "a \"red, round\" cat         ~ has double quotes around a separator inside of fields that are not quoted",
                "a red\\, round cat           ~ has a backslash at the end of a field",
                "a red cat, sitting           ~ has a field behind the caption that begins with a blank",
                "\"a cat                      ~ opens a double quote that does not end",
                "a cat,a dog,a cow            ~ has more than the header's 3 fields",
            })
    void isRefusedWithItsRow(String field, String problem) throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder)
                .file("captions.csv", "path,caption,edit_prompt\nx.png,a dog,\n0.png," + field + "\n");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessageStartingWith("row 2 ")
                .hasMessageContaining("captions file " + dataset.address("captions.csv") + " " + problem);
    }

    @Test
    void anEscapedSeparatorIsPartOfItsFieldWhereTheHeaderSaysSo() throws Exception {
        DatasetFiles dataset =
                new DatasetFiles(folder).file("captions.csv", "path,caption\n0.png,a red\\, round cat\n");
        assertThat(column(dataset.read(), "caption")).containsExactly("a red, round cat");
    }

    @Test
    void anotherEncodingIsRefusedAndReadIfNamed() throws Exception {
        String text = "path,caption\n0.png,a dog\n1.png,a caf\u00e9 owner\u2019s heart\n";
        DatasetFiles dataset = new DatasetFiles(folder).file("captions.csv", text.getBytes(Charset.forName("cp1252")));
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessage("captions file " + dataset.address("captions.csv") + " is not UTF-8: line 3 has the byte"
                        + " 0xe9; save it as UTF-8, or name its encoding, such as --encoding cp1252");
        DatasetSettings named = DatasetFixture.read(
                dataset.settings(), new Reading.Builder().encoding("cp1252").build());
        assertThat(column(DatasetFiles.read(named), "caption"))
                .containsExactly("a dog", "a caf\u00e9 owner\u2019s heart");
        assertThatThrownBy(() -> new Reading.Builder().encoding("cp99").build())
                .hasMessageStartingWith("encoding: unknown 'cp99'");
    }

    @Test
    void utf16IsRecognised() throws Exception {
        String csv = "path,caption\n0.png,caf\u00e9 \ud83d\ude3a\n";
        for (Charset charset : List.of(StandardCharsets.UTF_16, StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE)) {
            DatasetFiles dataset = new DatasetFiles(folder).file("captions.csv", csv.getBytes(charset));
            assertThat(column(dataset.read(), "caption")).as(charset.name()).containsExactly("caf\u00e9 \ud83d\ude3a");
        }
        Files.delete(folder.resolve("captions.csv"));
        String json = "{\"path\": \"0.png\", \"caption\": \"caf\u00e9\"}\n";
        DatasetFiles lines = new DatasetFiles(folder).file("captions.jsonl", json.getBytes(StandardCharsets.UTF_16LE));
        assertThat(column(lines.read(), "caption")).containsExactly("caf\u00e9");
    }

    @Test
    void theBeginningIsLookedAtWithoutSpark() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder).file("captions.csv", "path,label\n0.png,x\n");
        assertThatThrownBy(() ->
                        DatasetReader.requireDataset(dataset.settings(), new org.apache.hadoop.conf.Configuration()))
                .hasMessageStartingWith("no column for the captions");
    }
}
