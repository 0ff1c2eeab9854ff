package io.sparkinversion.dataset.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import io.sparkinversion.dataset.JobException;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Captions as one JSON object a line, or as one list of objects; blank lines are skipped, further keys ignored. The
 * caption, the edit prompt, and blend words may be lists.
 *
 * @param edits whether edit prompts and blend words are read; some object needs the former then
 */
record JsonEntries(Reading reading, boolean edits) implements EntryReader {
    private static final ObjectReader JSON =
            new ObjectMapper().readerFor(JsonNode.class).with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final ObjectReader LIST = new ObjectMapper().readerFor(JsonNode.class);

    @Override
    public Entries open(SourceFile file, Configuration configuration, boolean withBytes) throws IOException {
        try {
            return new Reader(this, text(file, configuration), file);
        } catch (TextFile.NoTextException e) {
            return LazyEntries.malformed(of(file) + " " + e.getMessage());
        }
    }

    private BufferedReader text(SourceFile file, Configuration configuration) throws IOException {
        return new BufferedReader(TextFile.open(new Path(file.address()), configuration, reading.encoding()));
    }

    @Override
    public String nothing() {
        return "has no lines";
    }

    /** Of its first object. */
    @Override
    public String lacking(SourceFile file, Configuration configuration, Lacking what) throws IOException {
        List<String> keys = new ArrayList<>();
        try (Reader first = new Reader(this, text(file, configuration), file)) {
            if (first.hasNext() && first.object != null) {
                first.object.fieldNames().forEachRemaining(keys::add);
            }
        }
        if (what.paths() && CaptionColumns.PATH.find(keys, reading).isEmpty()) {
            return CaptionColumns.PATH.missing(keys, file.address(), reading);
        }
        if (what.captions() && CaptionColumns.CAPTION.find(keys, reading).isEmpty()) {
            return CaptionColumns.CAPTION.missing(keys, file.address(), reading);
        }
        return what.edits() && CaptionColumns.EDIT_PROMPT.find(keys, reading).isEmpty()
                ? CaptionColumns.EDIT_PROMPT.missing(keys, file.address(), reading)
                : null;
    }

    private static String of(SourceFile file) {
        return "captions file " + file.address();
    }

    /** What a line says, or what is wrong with it: {@code is no JSON object: ...}. */
    Entry parse(String line) {
        try {
            return entry((JsonNode) JSON.readValue(line));
        } catch (JsonProcessingException e) {
            int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
            return Entry.malformed(
                    "is no JSON object: " + JobException.oneLine(e.getOriginalMessage()) + " (column " + column + ")");
        }
    }

    /**
     * The entry of a file with one object.
     *
     * @throws JsonProcessingException if it does not parse
     */
    Entry entry(String json) throws JsonProcessingException {
        return entry(LIST.readTree(json));
    }

    Entry entry(JsonNode object) {
        if (!object.isObject()) {
            return Entry.malformed("is no JSON object but " + type(object));
        }
        try {
            Entry entry = new Entry();
            entry.path = text(object, CaptionColumns.PATH);
            entry.id = text(object, CaptionColumns.ID);
            if (!reading.givesCaptions()) {
                entry.captions = captions(texts(object, CaptionColumns.CAPTION));
            }
            if (edits) {
                entry.editPrompts = texts(object, CaptionColumns.EDIT_PROMPT);
                entry.blendWords = texts(object, CaptionColumns.BLEND_WORDS);
            }
            return entry;
        } catch (NoTextException e) {
            return Entry.malformed(e.getMessage());
        }
    }

    private static List<String> captions(String[] texts) {
        return texts == null ? List.of() : TextList.filled(Arrays.asList(texts));
    }

    /** A value that should be text is not. */
    private static final class NoTextException extends Exception {
        private static final long serialVersionUID = 1L;

        NoTextException(String key, String what, JsonNode value) {
            super("has no text " + what + " " + key + " but an " + type(value));
        }
    }

    private String text(JsonNode object, CaptionColumns column) throws NoTextException {
        String key = key(object, column);
        return key == null ? null : text(object.get(key), key, "under");
    }

    private static String text(JsonNode value, String key, String what) throws NoTextException {
        if (value.isContainerNode()) {
            throw new NoTextException(key, what, value);
        }
        return value.isNull() ? null : value.asText();
    }

    private String[] texts(JsonNode object, CaptionColumns column) throws NoTextException {
        String key = key(object, column);
        JsonNode value = key == null ? null : object.get(key);
        if (value == null || !value.isArray()) {
            String text = value == null ? null : text(value, key, "under");
            return text == null ? null : new String[] {text};
        }
        String[] texts = new String[value.size()];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = text(value.get(i), key, "in the list under");
        }
        return texts;
    }

    private String key(JsonNode object, CaptionColumns column) {
        List<String> keys = new ArrayList<>();
        object.fieldNames().forEachRemaining(keys::add);
        return column.find(keys, reading).map(keys::get).orElse(null);
    }

    private static String type(JsonNode node) {
        return node.getNodeType().name().toLowerCase(Locale.ROOT);
    }

    /** The objects of one file. */
    private static final class Reader extends LazyEntries {
        private final JsonEntries how;
        private final BufferedReader text;
        private final SourceFile file;
        private final MappingIterator<JsonNode> list;
        private long place;
        private JsonNode object;

        Reader(JsonEntries how, BufferedReader text, SourceFile file) throws IOException {
            this.how = how;
            this.text = text;
            this.file = file;
            this.list = isList(text, file) ? LIST.readValues(text) : null;
        }

        /** Lines that are lists are malformed lines; a document that is one is known by its name. */
        private static boolean isList(BufferedReader text, SourceFile file) throws IOException {
            if (!Pictures.extension(file.name()).equals("json")) {
                return false;
            }
            text.mark(1 << 10);
            int c = text.read();
            while (Character.isWhitespace(c)) {
                c = text.read();
            }
            text.reset();
            return c == '[';
        }

        @Override
        Entry read() throws IOException {
            Entry entry = list == null ? nextLine() : nextOfList();
            if (entry != null && entry.malformed != null) {
                entry.malformed =
                        (list == null ? "line " : "object ") + place + " of " + of(file) + " " + entry.malformed;
            }
            return entry;
        }

        private Entry nextLine() throws IOException {
            String line = text.readLine();
            place++;
            while (line != null && line.isBlank()) {
                line = text.readLine();
                place++;
            }
            if (line == null) {
                return null;
            }
            try {
                object = JSON.readValue(line);
            } catch (JsonProcessingException e) {
                return how.parse(line);
            }
            return how.entry(object);
        }

        private Entry nextOfList() throws IOException {
            try {
                place++;
                if (!list.hasNextValue()) {
                    return null;
                }
                object = list.nextValue();
                return how.entry(object);
            } catch (JsonProcessingException e) {
                return Entry.malformed("is no JSON object: " + JobException.oneLine(e.getOriginalMessage()) + " (line "
                        + (e.getLocation() == null ? 0 : e.getLocation().getLineNr()) + ")");
            }
        }

        @Override
        String name() {
            return of(file);
        }

        @Override
        public void close() throws IOException {
            text.close();
        }
    }
}
