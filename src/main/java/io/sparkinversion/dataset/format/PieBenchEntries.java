package io.sparkinversion.dataset.format;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.RunLengths;
import io.sparkinversion.metrics.PieBench;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * The entries of a {@code mapping_file.json} one after the other, read one at a time. An entry has the keys
 *
 * <ul>
 *   <li>{@code image_path}, below {@code annotation_images};
 *   <li>{@code original_prompt} and {@code editing_prompt}, in which brackets around changed words are no part of the
 *       text;
 *   <li>{@code blended_word}: a word of each, with a blank between them, or nothing. Of more words the first two count,
 *       as in the benchmark's own code;
 *   <li>{@code mask}, see {@link PieBench#editedPart};
 *   <li>{@code editing_type_id}, 0 to 9: the category of the edit;
 *   <li>others, which are ignored.
 * </ul>
 */
record PieBenchEntries(boolean edits) implements EntryReader {
    static final String PATH = "image_path";
    static final String CAPTION = "original_prompt";
    private static final String EDIT_PROMPT = "editing_prompt";
    private static final String BLEND_WORDS = "blended_word";
    private static final String MASK = "mask";
    private static final String CATEGORY = "editing_type_id";

    @Override
    public Entries open(SourceFile file, Configuration configuration, boolean withBytes) throws IOException {
        Path path = new Path(file.address());
        InputStream bytes = path.getFileSystem(configuration).open(path);
        CompressionCodec codec = new CompressionCodecFactory(configuration).getCodec(path);
        InputStream text = codec == null ? bytes : codec.createInputStream(bytes);
        return new Reader(new ObjectMapper().createParser(text), bytes, file, edits);
    }

    @Override
    public String nothing() {
        return "lists no images";
    }

    @Override
    public String lacking(SourceFile file, Configuration configuration, Lacking what) {
        return what.paths() || what.captions()
                ? "captions file " + file.address() + " is not PIE-Bench's: none of its " + what.entries()
                        + " entries has " + (what.paths() ? PATH : CAPTION)
                : null;
    }

    /** The entries of one file. */
    private static final class Reader extends LazyEntries {
        private final JsonParser parser;
        private final InputStream bytes;
        private final SourceFile file;
        private final boolean edits;
        private boolean begun;

        Reader(JsonParser parser, InputStream bytes, SourceFile file, boolean edits) {
            this.parser = parser;
            this.bytes = bytes;
            this.file = file;
            this.edits = edits;
        }

        @Override
        String name() {
            return "captions file " + file.address();
        }

        @Override
        public void close() throws IOException {
            bytes.close();
        }

        @Override
        Entry read() throws IOException {
            try {
                if (!begun) {
                    begun = true;
                    JsonToken first = parser.nextToken();
                    if (first != JsonToken.START_OBJECT) {
                        return broken(first == null ? "it is empty" : "it is no JSON object");
                    }
                }
                if (parser.nextToken() == JsonToken.END_OBJECT) {
                    return parser.nextToken() == null
                            ? null
                            : broken("there is something behind the end of the object");
                }
                String id = parser.currentName();
                parser.nextToken();
                return row(id, parser.readValueAsTree());
            } catch (JsonProcessingException e) {
                return broken(JobException.oneLine(e.getOriginalMessage()), e.getLocation());
            }
        }

        private Entry broken(String problem) {
            return broken(problem, parser.currentTokenLocation());
        }

        private Entry broken(String problem, JsonLocation place) {
            String where = place == null ? "" : " (line " + place.getLineNr() + ", column " + place.getColumnNr() + ")";
            return Entry.malformed(name() + " is not PIE-Bench's JSON: " + problem + where);
        }

        private Entry row(String id, JsonNode object) {
            Entry entry = new Entry();
            entry.id = id;
            entry.path = text(object.get(PATH));
            String caption = prompt(object.get(CAPTION));
            entry.captions = caption == null ? List.of() : List.of(caption);
            if (edits) {
                addEdit(entry, object);
            }
            return entry;
        }

        private static void addEdit(Entry entry, JsonNode object) {
            JsonNode prompt = object.get(EDIT_PROMPT);
            JsonNode words = object.get(BLEND_WORDS);
            String noPrompt = notText(EDIT_PROMPT, prompt);
            entry.category = text(object.get(CATEGORY));
            entry.editPrompts = new String[] {prompt(prompt)};
            entry.blendWords = new String[] {firstTwo(text(words))};
            entry.editProblem = noPrompt == null ? notText(BLEND_WORDS, words) : noPrompt;
            try {
                entry.mask = mask(object.get(MASK));
            } catch (IllegalArgumentException e) {
                entry.maskProblem = "the mask is malformed: " + e.getMessage();
            }
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
                    : String.join(
                            " ",
                            Arrays.stream(words.strip().split("(?U)\\s+"))
                                    .limit(2)
                                    .toList());
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
                    throw new IllegalArgumentException("expected whole numbers, not "
                            + JobException.oneLine(number.toString()) + " at place " + i);
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
}
