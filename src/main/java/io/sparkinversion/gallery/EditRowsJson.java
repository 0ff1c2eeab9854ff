package io.sparkinversion.gallery;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The gallery's rows for its script. Texts that rows share (an image's caption comes once for every method, control
 * and prompt) are written once:
 *
 * <pre>
 * {"columns": [["PSNR", 2], ...],            label, digits after the point
 *  "methods": [["null-text", "#d55e00"], ...],
 *  "controls": ["replace", ...],
 *  "texts": ["000", "a cat", ...],
 *  "rows": [[id, method, control, edit, caption, editPrompt, picture, code, message, number, ...], ...]}
 * </pre>
 *
 * <p>In a row, id, caption and editPrompt are places in {@code texts}, method and control in their lists. Numbers have
 * seven digits; a missing one is null, an infinite one {@code "Infinity"}. A row without a failure
 * has null for code and message.
 */
final class EditRowsJson {
    private static final MathContext PRECISION = new MathContext(7);
    private static final Pattern FAILURE = Pattern.compile("([A-Z][A-Z0-9_]*)(?::\\s*(.*))?", Pattern.DOTALL);

    private final List<EditEntry> entries;
    private final List<EditColumn> columns;
    private final Map<String, String> colours;
    private final Map<String, Integer> methods = new LinkedHashMap<>();
    private final Map<String, Integer> controls = new LinkedHashMap<>();
    private final Map<String, Integer> texts = new LinkedHashMap<>();

    private EditRowsJson(List<EditEntry> entries, List<EditColumn> columns, Map<String, String> colours) {
        this.entries = entries;
        this.columns = columns;
        this.colours = colours;
        for (EditEntry entry : entries) {
            place(methods, entry.method());
            place(controls, entry.control());
            place(texts, entry.imageId());
            place(texts, entry.caption());
            place(texts, entry.editPrompt());
        }
    }

    /**
     * For a script element: without {@code <}, which could end it.
     *
     * @param colours of the methods, in the order in which they come first
     */
    static String of(List<EditEntry> entries, List<EditColumn> columns, Map<String, String> colours) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            new EditRowsJson(entries, columns, colours).write(json);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the rows of the gallery as JSON", e);
        }
        return text.toString().replace("<", "\\u003c");
    }

    private void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("columns");
        for (EditColumn column : columns) {
            json.writeStartArray();
            json.writeString(column.label());
            json.writeNumber(column.digits());
            json.writeEndArray();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("methods");
        for (Map.Entry<String, String> colour : colours.entrySet()) {
            json.writeStartArray();
            json.writeString(colour.getKey());
            json.writeString(colour.getValue());
            json.writeEndArray();
        }
        json.writeEndArray();
        strings(json, "controls", controls);
        strings(json, "texts", texts);
        json.writeArrayFieldStart("rows");
        for (EditEntry entry : entries) {
            row(json, entry);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void row(JsonGenerator json, EditEntry entry) throws IOException {
        json.writeStartArray();
        json.writeNumber(texts.get(entry.imageId()));
        json.writeNumber(methods.get(entry.method()));
        json.writeNumber(controls.get(entry.control()));
        json.writeNumber(entry.edit());
        json.writeNumber(texts.get(entry.caption()));
        json.writeNumber(texts.get(entry.editPrompt()));
        json.writeString(entry.picture());
        failure(json, entry.failure());
        for (EditColumn column : columns) {
            number(json, column.value(entry));
        }
        json.writeEndArray();
    }

    private static void failure(JsonGenerator json, String failure) throws IOException {
        if (failure == null) {
            json.writeNull();
            json.writeNull();
            return;
        }
        Matcher parts = FAILURE.matcher(failure);
        boolean coded = parts.matches();
        json.writeString(coded ? parts.group(1) : "");
        json.writeString(!coded ? failure : parts.group(2) == null ? "" : parts.group(2));
    }

    private static void number(JsonGenerator json, double value) throws IOException {
        if (Double.isNaN(value)) {
            json.writeNull();
        } else if (Double.isInfinite(value)) {
            json.writeString(Double.toString(value));
        } else {
            // as short as possible: the page has very many numbers
            json.writeRawValue(
                    new BigDecimal(value).round(PRECISION).stripTrailingZeros().toString());
        }
    }

    private static void strings(JsonGenerator json, String name, Map<String, Integer> strings) throws IOException {
        json.writeArrayFieldStart(name);
        for (String one : strings.keySet()) {
            json.writeString(one);
        }
        json.writeEndArray();
    }

    private static void place(Map<String, Integer> places, String text) {
        places.putIfAbsent(text, places.size());
    }
}
