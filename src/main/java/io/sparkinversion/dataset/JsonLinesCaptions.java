package io.sparkinversion.dataset;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Captions as one JSON object a line; blank lines and a byte order mark are skipped, further keys ignored. The edit
 * prompt, and blend words, may be a list.
 */
final class JsonLinesCaptions implements RawDataset {
    private static final StructType PARSED = new StructType()
            .add("path", DataTypes.StringType)
            .add("caption", DataTypes.StringType)
            .add("id", DataTypes.StringType)
            .add("edit_prompts", RawRows.TEXTS)
            .add("blend_words", RawRows.TEXTS)
            .add("problem", DataTypes.StringType);
    // Spark's own JSON functions accept rubbish after the object and do not say where a line goes wrong.
    private static final ObjectReader JSON =
            new ObjectMapper().readerFor(JsonNode.class).with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final SparkSession spark;
    private final Path file;
    private final boolean edits;

    private JsonLinesCaptions(SparkSession spark, Path file, boolean edits) {
        this.spark = spark;
        this.file = file;
        this.edits = edits;
    }

    /** @param edits whether those of the file are read; some line needs edit_prompt then */
    static JsonLinesCaptions of(SparkSession spark, Path file, EditSource edits) {
        return new JsonLinesCaptions(spark, file, edits instanceof EditSource.Dataset);
    }

    @Override
    public Dataset<Row> rows() {
        return RawRows.select(
                lines(),
                col("json.path"),
                col("json.caption"),
                Optional.of(col("json.id")),
                new RawRows.Edits(col("json.edit_prompts"), col("json.blend_words"), lit(null)),
                col("json.problem"));
    }

    private Dataset<Row> lines() {
        // Not the field: the function goes to executors, and this object cannot.
        boolean own = edits;
        UDF1<String, Row> parse = line -> parse(line, own);
        return RawRows.reader(spark)
                .text(file.toString())
                .filter(col("value").rlike("[^\\s\\uFEFF]"))
                .zipWithIndex(ManifestSchema.ROW_INDEX)
                .withColumn("json", udf(parse, PARSED).apply(col("value")));
    }

    /**
     * @throws JobException if a line is no JSON object or a value no text (the message has its number), no line has a
     *     path or a caption, or there are no lines
     */
    @Override
    public long check(Dataset<Row> front) {
        Row found = front.agg(
                        count(lit(1)),
                        count(col(ManifestSchema.PATH)),
                        count(col(ManifestSchema.CAPTION)),
                        count(when(size(col(ManifestSchema.EDITS)).gt(0), 1)),
                        min(when(col(RawRows.MALFORMED).isNotNull(), col(ManifestSchema.ROW_INDEX))))
                .first();
        if (found.getLong(0) == 0) {
            throw new JobException("captions file " + file + " has no lines");
        }
        if (!found.isNullAt(4)) {
            throw malformed(found.getLong(4));
        }
        boolean noPrompts = edits
                && found.getLong(3) == 0
                && lines().filter(col("json.edit_prompts").isNotNull()).isEmpty();
        if (found.getLong(1) == 0 || found.getLong(2) == 0 || noPrompts) {
            requireKeys();
        }
        return found.getLong(0);
    }

    private JobException malformed(long row) {
        Row bad = lines().filter(col(ManifestSchema.ROW_INDEX).equalTo(row))
                .select("value", "json.problem")
                .first();
        // Blank lines are no rows and still count as lines.
        long line = RawRows.reader(spark)
                .text(file.toString())
                .zipWithIndex("line")
                .filter(col("value").equalTo(bad.getString(0)))
                .agg(min("line"))
                .first()
                .getLong(0);
        return new JobException("line " + (line + 1) + " of captions file " + file + " " + bad.getString(1));
    }

    /** @throws JobException if the first line lacks what some line must have */
    private void requireKeys() {
        List<String> keys = keys(lines().select("value").first().getString(0));
        CaptionColumns.PATH.require(keys, file);
        CaptionColumns.CAPTION.require(keys, file);
        if (edits) {
            CaptionColumns.EDIT_PROMPT.require(keys, file);
        }
    }

    private static List<String> keys(String line) {
        try {
            List<String> keys = new ArrayList<>();
            JSON.<JsonNode>readValue(line.replaceFirst("^\\uFEFF", ""))
                    .fieldNames()
                    .forEachRemaining(keys::add);
            return keys;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a line that was parsed before", e);
        }
    }

    /** Path, caption, id, edit prompts and blend words; or else, in the last place, what is wrong with the line. */
    static Row parse(String line, boolean edits) {
        JsonNode object;
        try {
            object = JSON.readValue(line.startsWith("\uFEFF") ? line.substring(1) : line);
        } catch (JsonProcessingException e) {
            int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
            return problem(
                    "is no JSON object: " + ImagePaths.oneLine(e.getOriginalMessage()) + " (column " + column + ")");
        }
        if (!object.isObject()) {
            return problem("is no JSON object but " + type(object));
        }
        try {
            return RowFactory.create(
                    text(object, CaptionColumns.PATH),
                    text(object, CaptionColumns.CAPTION),
                    text(object, CaptionColumns.ID),
                    edits ? texts(object, CaptionColumns.EDIT_PROMPT) : null,
                    edits ? texts(object, CaptionColumns.BLEND_WORDS) : null,
                    null);
        } catch (NoTextException e) {
            return problem(e.getMessage());
        }
    }

    /** A value that should be text is not. */
    private static final class NoTextException extends Exception {
        NoTextException(CaptionColumns column, String what, JsonNode value) {
            super("has no text " + what + " " + String.join(" or ", column.names()) + " but an " + type(value));
        }
    }

    private static String text(JsonNode object, CaptionColumns column) throws NoTextException {
        return text(first(object, column), column, "under");
    }

    private static String text(JsonNode value, CaptionColumns column, String what) throws NoTextException {
        if (value != null && value.isContainerNode()) {
            throw new NoTextException(column, what, value);
        }
        return value == null || value.isNull() ? null : value.asText();
    }

    private static String[] texts(JsonNode object, CaptionColumns column) throws NoTextException {
        JsonNode value = first(object, column);
        if (value == null || !value.isArray()) {
            String text = text(value, column, "under");
            return text == null ? null : new String[] {text};
        }
        String[] texts = new String[value.size()];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = text(value.get(i), column, "in the list under");
        }
        return texts;
    }

    private static JsonNode first(JsonNode object, CaptionColumns column) {
        return column.names().stream()
                .map(object::get)
                .filter(value -> value != null)
                .findFirst()
                .orElse(null);
    }

    private static String type(JsonNode node) {
        return node.getNodeType().name().toLowerCase(Locale.ROOT);
    }

    private static Row problem(String problem) {
        return RowFactory.create(null, null, null, null, null, problem);
    }
}
