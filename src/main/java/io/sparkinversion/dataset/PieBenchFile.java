package io.sparkinversion.dataset;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.RunLengths;
import io.sparkinversion.metrics.PieBench;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * The entries of a {@code mapping_file.json} one after the other, as rows of {@link PieBenchEntries#SCHEMA}; where the
 * file is malformed, a last row says so. An entry has the keys
 *
 * <ul>
 *   <li>{@code image_path}, below {@code annotation_images};
 *   <li>{@code original_prompt} and {@code editing_prompt}, in which brackets around changed words are no part of the
 *       text;
 *   <li>{@code blended_word}: a word of each, with a blank between them, or nothing. Of more words the first two count,
 *       as in the benchmark's own code;
 *   <li>{@code mask}, see {@link PieBench#editedPart};
 *   <li>others, which are ignored.
 * </ul>
 */
final class PieBenchFile implements Iterator<Row> {
    static final String PATH = "image_path";
    static final String CAPTION = "original_prompt";
    private static final String EDIT_PROMPT = "editing_prompt";
    private static final String BLEND_WORDS = "blended_word";
    private static final String MASK = "mask";

    private final JsonParser parser;
    private final boolean edits;
    private long index;
    private boolean begun;
    private Row next;

    private PieBenchFile(JsonParser parser, boolean edits) {
        this.parser = parser;
        this.edits = edits;
        this.next = read();
    }

    /**
     * Opens a file, which the end of the Spark task closes.
     *
     * @param edits whether edits and masks are read
     */
    static Iterator<Row> open(Path file, Configuration configuration, boolean edits) throws IOException {
        InputStream bytes = file.getFileSystem(configuration).open(file);
        TaskEnd.closes(bytes);
        CompressionCodec codec = new CompressionCodecFactory(configuration).getCodec(file);
        InputStream text = codec == null ? bytes : codec.createInputStream(bytes);
        return new PieBenchFile(new ObjectMapper().createParser(text), edits);
    }

    @Override
    public boolean hasNext() {
        return next != null;
    }

    @Override
    public Row next() {
        if (next == null) {
            throw new NoSuchElementException();
        }
        Row row = next;
        // Behind a malformed place there is nothing to be found.
        next = row.isNullAt(row.length() - 1) ? read() : null;
        return row;
    }

    /** The next entry, or null. */
    private Row read() {
        try {
            if (!begun) {
                begun = true;
                JsonToken first = parser.nextToken();
                if (first != JsonToken.START_OBJECT) {
                    return malformed(first == null ? "it is empty" : "it is no JSON object");
                }
            }
            if (parser.nextToken() == JsonToken.END_OBJECT) {
                return parser.nextToken() == null ? null : malformed("there is something behind the end of the object");
            }
            String id = parser.currentName();
            parser.nextToken();
            return row(id, parser.readValueAsTree());
        } catch (JsonProcessingException e) {
            return malformed(ImagePaths.oneLine(e.getOriginalMessage()), e.getLocation());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Row malformed(String problem) {
        return malformed(problem, parser.currentTokenLocation());
    }

    private static Row malformed(String problem, JsonLocation place) {
        String where = place == null ? "" : " (line " + place.getLineNr() + ", column " + place.getColumnNr() + ")";
        return RowFactory.create(null, null, null, null, null, null, null, null, null, problem + where);
    }

    private Row row(String id, JsonNode entry) {
        String path = text(entry.get(PATH));
        String caption = prompt(entry.get(CAPTION));
        if (!edits) {
            return RowFactory.create(index++, id, path, caption, null, null, null, null, null, null);
        }
        JsonNode prompt = entry.get(EDIT_PROMPT);
        JsonNode words = entry.get(BLEND_WORDS);
        String noPrompt = notText(EDIT_PROMPT, prompt);
        Row mask = null;
        String maskProblem = null;
        try {
            mask = mask(entry.get(MASK));
        } catch (IllegalArgumentException e) {
            maskProblem = "the mask is malformed: " + e.getMessage();
        }
        return RowFactory.create(
                index++,
                id,
                path,
                caption,
                new String[] {prompt(prompt)},
                new String[] {firstTwo(text(words))},
                noPrompt == null ? notText(BLEND_WORDS, words) : noPrompt,
                mask,
                maskProblem,
                null);
    }

    private static String text(JsonNode value) {
        return value == null || value.isNull() || value.isContainerNode() ? null : value.asText();
    }

    private static String prompt(JsonNode value) {
        String text = text(value);
        return text == null ? null : text.replace("[", "").replace("]", "");
    }

    private static String notText(String key, JsonNode value) {
        return value == null || !value.isContainerNode() ? null : key + " is no text but an " + type(value);
    }

    private static String firstTwo(String words) {
        return words == null
                ? null
                : String.join(" ", Arrays.stream(RowEdits.words(words)).limit(2).toList());
    }

    /** @throws IllegalArgumentException if it is none */
    private static Row mask(JsonNode value) {
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isArray()) {
            throw new IllegalArgumentException("expected a list of starts and lengths, not " + type(value));
        }
        int[] runs = new int[value.size()];
        for (int i = 0; i < runs.length; i++) {
            JsonNode number = value.get(i);
            if (!number.canConvertToInt() || !number.isIntegralNumber()) {
                throw new IllegalArgumentException(
                        "expected whole numbers, not " + ImagePaths.oneLine(number.toString()) + " at place " + i);
            }
            runs[i] = number.intValue();
        }
        PixelMask mask = PieBench.editedPart(runs);
        Integer[] boxed = Arrays.stream(RunLengths.encode(mask)).boxed().toArray(Integer[]::new);
        return RowFactory.create(mask.width(), mask.height(), boxed);
    }

    private static String type(JsonNode node) {
        return node.getNodeType().name().toLowerCase(Locale.ROOT);
    }
}
