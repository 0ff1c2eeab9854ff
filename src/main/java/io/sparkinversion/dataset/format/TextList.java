package io.sparkinversion.dataset.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import io.sparkinversion.dataset.JobException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Several texts where a format has room for one: a JSON array of strings, {@code ["a dog", "a cow"]}. */
final class TextList {
    static final String TEXTS = "texts";
    /** What is wrong with a text that begins like an array, else null. */
    static final String PROBLEM = "problem";

    static final StructType PARSED = new StructType().add(TEXTS, RawRows.TEXTS).add(PROBLEM, DataTypes.StringType);

    private static final ObjectReader JSON =
            new ObjectMapper().readerFor(JsonNode.class).with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private TextList() {}

    /**
     * The texts as {@link #PARSED}; one, where the text does not begin like an array of strings. Others in brackets are
     * texts: {@code [photo]}.
     */
    static Row parse(String text) {
        if (text == null) {
            return RowFactory.create(null, null);
        }
        if (!text.strip().matches("(?s)\\[\\s*(\".*|])")) {
            return RowFactory.create(new String[] {text}, null);
        }
        try {
            List<String> texts = new ArrayList<>();
            for (JsonNode element : JSON.<JsonNode>readValue(text)) {
                if (!element.isTextual() && !element.isNull()) {
                    return problem(text);
                }
                texts.add(element.textValue());
            }
            return RowFactory.create(texts.toArray(String[]::new), null);
        } catch (JsonProcessingException e) {
            return problem(text);
        }
    }

    /** The captions that a field has: those of a list, or else itself; none where there is nothing in it. */
    static List<String> captions(String text) {
        if (text == null) {
            return List.of();
        }
        Row parsed = parse(text);
        return parsed.isNullAt(0) ? List.of(text) : filled(Arrays.asList((String[]) parsed.get(0)));
    }

    static List<String> filled(List<String> texts) {
        return texts.stream().filter(text -> text != null && !text.isBlank()).toList();
    }

    private static Row problem(String text) {
        int most = 80;
        String shown = text.length() > most ? text.substring(0, most) + "..." : text;
        return RowFactory.create(
                null,
                "begins like a list of texts and is none: " + JobException.oneLine(shown)
                        + "; write it as JSON, such as [\"a dog\", \"a cow\"]");
    }
}
