package io.sparkinversion.job;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.regexp_count;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Captions in comma-separated values as RFC 4180 has them: a header, fields in double quotes where they contain commas,
 * line ends or (doubled) quotes. A byte order mark is skipped, columns come in any order, further ones are ignored. An
 * edit prompt, and blend words, may be a {@link TextList}.
 */
final class CsvCaptions {
    private static final int MOST_COLUMNS = 250;
    private static final String OVERFLOW = "overflow";

    private CsvCaptions() {}

    /**
     * The captions in file order, as {@link RawRows} has them.
     *
     * @param edits whether those of the file are read; the header needs edit_prompt then
     * @throws JobException if the header lacks a column, or the file has no rows, a row with more fields than the
     *     header, or a quote that does not end
     */
    static Dataset<Row> rows(SparkSession spark, Path file, EditSource edits) {
        List<String> header = header(spark, file);
        int path = CaptionColumns.PATH.require(header, file);
        int caption = CaptionColumns.CAPTION.require(header, file);

        // One column more than the header has: the surplus of a caption with an unquoted comma goes there.
        Dataset<Row> all = reader(spark)
                .schema(columns(header.size()).add(OVERFLOW, DataTypes.StringType))
                .csv(file.toString())
                .zipWithIndex("line")
                .filter(col("line").gt(0))
                .withColumn(ManifestSchema.ROW_INDEX, col("line").minus(1));
        check(spark, all, header.size(), path, file);
        return RawRows.select(
                // Fields may have line ends, so one task alone reads the file; all can do the rest.
                all.repartition(spark.sparkContext().defaultParallelism(), col(ManifestSchema.ROW_INDEX)),
                col(column(path)),
                col(column(caption)),
                CaptionColumns.ID.find(header).map(i -> col(column(i))),
                edits instanceof EditSource.Dataset ? edits(header, file) : RawRows.Edits.none());
    }

    private static RawRows.Edits edits(List<String> header, Path file) {
        UDF1<String, Row> parse = TextList::parse;
        int prompt = CaptionColumns.EDIT_PROMPT.require(header, file);
        Column prompts = udf(parse, TextList.PARSED).apply(col(column(prompt)));
        Column words = CaptionColumns.BLEND_WORDS
                .find(header)
                .map(i -> udf(parse, TextList.PARSED).apply(col(column(i))))
                .orElse(lit(null).cast(TextList.PARSED));
        Column problem = coalesce(
                concat(lit("edit_prompt "), prompts.getField(TextList.PROBLEM)),
                concat(lit("blend_words "), words.getField(TextList.PROBLEM)));
        return new RawRows.Edits(prompts.getField(TextList.TEXTS), words.getField(TextList.TEXTS), problem);
    }

    /** Read as data: Spark's own way to the header's names takes brackets in file names for patterns. */
    private static List<String> header(SparkSession spark, Path file) {
        List<Row> first = reader(spark).schema(columns(MOST_COLUMNS + 1)).csv(file.toString()).takeAsList(1);
        if (first.isEmpty()) {
            throw new JobException("captions file " + file + " is empty; expected a header such as path,caption");
        }
        if (!first.get(0).isNullAt(MOST_COLUMNS)) {
            throw new JobException("captions file " + file + " has more than " + MOST_COLUMNS
                    + " columns; leave out some that are not needed");
        }
        List<String> header = new ArrayList<>();
        int last = 0;
        for (int i = 0; i < MOST_COLUMNS; i++) {
            String name = first.get(0).getString(i);
            header.add(name == null ? "" : name.replace("\uFEFF", ""));
            last = name == null ? last : i;
        }
        return header.subList(0, last + 1);
    }

    private static void check(SparkSession spark, Dataset<Row> all, int columns, int path, Path file) {
        List<Column> fields = new ArrayList<>();
        for (int i = 0; i < columns; i++) {
            fields.add(col(column(i)));
        }
        Column index = col(ManifestSchema.ROW_INDEX);
        Row found = all.agg(
                        count(lit(1)),
                        min(when(col(OVERFLOW).isNotNull(), index)),
                        max_by(concat_ws("", fields.toArray(Column[]::new)), index))
                .first();
        if (found.getLong(0) == 0) {
            throw new JobException("captions file " + file + " has a header and no rows");
        }
        if (!found.isNullAt(1)) {
            long row = found.getLong(1);
            String name = all.filter(index.equalTo(row)).select(column(path)).first().getString(0);
            throw new JobException("row " + (row + 1) + " (path '" + ImagePaths.oneLine(String.valueOf(name))
                    + "') of captions file " + file + " has more than the header's " + columns
                    + " fields; put fields that contain a comma in double quotes");
        }
        // A quote that never ends takes all that follows into the last row: seen as line ends there, and an odd number
        // of quotes in the file.
        if (found.getString(2).contains("\n")) {
            Dataset<Row> lines = reader(spark).text(file.toString());
            long quotes = lines.agg(sum(regexp_count(col("value"), lit("\"")))).first().getLong(0);
            if (quotes % 2 == 1) {
                throw new JobException("row " + found.getLong(0) + " of captions file " + file
                        + " opens a double quote that does not end; double the quotes inside of quoted fields");
            }
        }
    }

    private static DataFrameReader reader(SparkSession spark) {
        return RawRows.reader(spark)
                .option("multiLine", "true")
                .option("quote", "\"")
                .option("escape", "\"")
                .option("encoding", "UTF-8");
    }

    private static StructType columns(int count) {
        StructType schema = new StructType();
        for (int i = 0; i < count; i++) {
            schema = schema.add(column(i), DataTypes.StringType);
        }
        return schema;
    }

    private static String column(int index) {
        return "c" + index;
    }
}
