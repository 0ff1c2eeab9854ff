package io.sparkinversion.job;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.from_json;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.monotonically_increasing_id;
import static org.apache.spark.sql.functions.when;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * A captions file beside a folder tree of images: CSV (RFC 4180, with a header) or JSON Lines. Keys {@code path} (or
 * {@code file_name}) and {@code caption} (or {@code text}), {@code id} and {@code edit_prompt} where wanted, in any
 * order and case; others are ignored. The synonyms are those of Hugging Face's image folders.
 */
final class CaptionsDataset {

    /** Looked for in the images' root, in this order, where no captions file is named. */
    static final List<String> DEFAULT_FILES =
            List.of("captions.csv", "captions.jsonl", "metadata.csv", "metadata.jsonl");

    private static final List<String> PATH = List.of("path", "file_name");
    private static final List<String> CAPTION = List.of("caption", "text");

    private CaptionsDataset() {}

    /** Rows with the columns {@link FileRows#INPUT}. */
    static Dataset<Row> read(SparkSession spark, String file) {
        String name = file.toLowerCase(Locale.ROOT).replaceFirst("\\.(gz|bz2)$", "");
        if (name.endsWith(".csv")) {
            return readCsv(spark, file);
        }
        if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
            return readJsonLines(spark, file);
        }
        throw new JobException("the captions file " + file + " is neither .csv nor .jsonl (nor .json for COCO)");
    }

    private static Dataset<Row> readCsv(SparkSession spark, String file) {
        // Captions may hold line breaks, so the file is one split and the running number is the row's place in it.
        Dataset<Row> rows = spark.read()
                .option("header", true)
                .option("multiLine", true)
                .option("escape", "\"")
                .csv(Addresses.literal(file));
        Map<String, String> columns = new TreeMap<>();
        for (String column : rows.columns()) {
            columns.putIfAbsent(column.replace("\uFEFF", "").strip().toLowerCase(Locale.ROOT), column);
        }
        String path = required(columns, PATH, file);
        String caption = required(columns, CAPTION, file);
        return rows.select(
                monotonically_increasing_id().as("row_index"),
                named(columns, "id").as("id"),
                quoted(path).as("raw_path"),
                quoted(caption).as("caption"),
                named(columns, "edit_prompt").as("edit_prompt"));
    }

    private static String required(Map<String, String> columns, List<String> names, String file) {
        return names.stream().filter(columns::containsKey).map(columns::get).findFirst().orElseThrow(() ->
                new JobException(file + " has no column '" + names.get(0) + "' (or '" + names.get(1)
                        + "'); its header names: " + (columns.isEmpty() ? "none" : String.join(", ", columns.keySet()))));
    }

    private static Column named(Map<String, String> columns, String name) {
        return columns.containsKey(name) ? quoted(columns.get(name)) : lit(null).cast(DataTypes.StringType);
    }

    private static Column quoted(String column) {
        return col("`" + column.replace("`", "``") + "`");
    }

    private static Dataset<Row> readJsonLines(SparkSession spark, String file) {
        StructType numbered =
                new StructType().add("row_index", DataTypes.LongType).add("value", DataTypes.StringType);
        var lines = spark.read()
                .textFile(Addresses.literal(file))
                .javaRDD()
                .zipWithIndex()
                .filter(line -> !line._1().isBlank())
                .map(line -> RowFactory.create(line._2(), line._1().replace("\uFEFF", "")));
        StructType keys = new StructType();
        for (String key : List.of("path", "file_name", "caption", "text", "id", "edit_prompt", "_corrupt")) {
            keys = keys.add(key, DataTypes.StringType);
        }
        Dataset<Row> parsed = spark.createDataFrame(lines, numbered)
                .withColumn("json", from_json(col("value"), keys, Map.of("columnNameOfCorruptRecord", "_corrupt")));
        refuseUnreadable(parsed, file);
        return parsed.select(
                col("row_index"),
                col("json.id").as("id"),
                either("path", "file_name").as("raw_path"),
                either("caption", "text").as("caption"),
                col("json.edit_prompt").as("edit_prompt"));
    }

    private static Column either(String key, String synonym) {
        return when(col("json." + key).isNotNull(), col("json." + key)).otherwise(col("json." + synonym));
    }

    private static void refuseUnreadable(Dataset<Row> parsed, String file) {
        Column unreadable = col("json").isNull().or(col("json._corrupt").isNotNull());
        Row found = parsed.agg(
                        count(lit(1)),
                        count(either("path", "file_name")),
                        count(either("caption", "text")),
                        min(when(unreadable, col("row_index"))))
                .first();
        if (!found.isNullAt(3)) {
            throw new JobException(file + " line " + (found.getLong(3) + 1)
                    + " is not a JSON object; every line must be one, such as {\"path\": \"a.png\", \"caption\": \"a\"}");
        }
        for (int i = 1; i <= 2 && found.getLong(0) > 0; i++) {
            if (found.getLong(i) == 0) {
                List<String> names = i == 1 ? PATH : CAPTION;
                throw new JobException(
                        file + " has no key '" + names.get(0) + "' (or '" + names.get(1) + "') in any line");
            }
        }
    }
}
