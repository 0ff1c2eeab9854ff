package io.sparkinversion.dataset;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.regexp_count;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
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
final class CsvCaptions implements RawDataset {
    private static final int MOST_COLUMNS = 250;
    private static final String OVERFLOW = "overflow";
    /** Of {@link RawRows#MALFORMED}. */
    private static final String SURPLUS = "surplus fields";

    private static final String LINES = "line ends";

    private final SparkSession spark;
    private final Path file;
    private final List<String> header;
    private final EditSource edits;

    private CsvCaptions(SparkSession spark, Path file, List<String> header, EditSource edits) {
        this.spark = spark;
        this.file = file;
        this.header = header;
        this.edits = edits;
    }

    /**
     * Reads the header.
     *
     * @param edits whether those of the file are read; the header needs edit_prompt then
     * @throws JobException if there is no header, or one that is too long
     */
    static CsvCaptions open(SparkSession spark, Path file, EditSource edits) {
        return new CsvCaptions(spark, file, header(spark, file), edits);
    }

    @Override
    public Dataset<Row> rows() {
        Column[] fields =
                IntStream.range(0, header.size()).mapToObj(i -> col(column(i))).toArray(Column[]::new);
        Column malformed = when(col(OVERFLOW).isNotNull(), SURPLUS)
                .when(concat_ws("", fields).contains("\n"), LINES);
        // Fields may have line ends, so one task alone reads the file; all can do the rest.
        Dataset<Row> spread = all().withColumn(RawRows.MALFORMED, malformed)
                .repartition(spark.sparkContext().defaultParallelism(), col(ManifestSchema.ROW_INDEX));
        return RawRows.select(
                spread,
                column(CaptionColumns.PATH),
                column(CaptionColumns.CAPTION),
                CaptionColumns.ID.find(header).map(i -> col(column(i))),
                edits instanceof EditSource.Dataset ? edits() : RawRows.Edits.none(),
                col(RawRows.MALFORMED));
    }

    /** The fields as they are in the file. */
    private Dataset<Row> all() {
        // One column more than the header has: the surplus of a caption with an unquoted comma goes there.
        return reader(spark)
                .schema(columns(header.size()).add(OVERFLOW, DataTypes.StringType))
                .csv(file.toString())
                .zipWithIndex("line")
                .filter(col("line").gt(0))
                .withColumn(ManifestSchema.ROW_INDEX, col("line").minus(1));
    }

    private RawRows.Edits edits() {
        UDF1<String, Row> parse = TextList::parse;
        Column prompts = udf(parse, TextList.PARSED).apply(column(CaptionColumns.EDIT_PROMPT));
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
        List<Row> first = reader(spark)
                .schema(columns(MOST_COLUMNS + 1))
                .csv(file.toString())
                .takeAsList(1);
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

    /** @throws JobException if there are no rows, one has more fields than the header, or a quote does not end */
    @Override
    public long check(Dataset<Row> front) {
        Column index = col(ManifestSchema.ROW_INDEX);
        Row found = front.agg(
                        count(lit(1)),
                        min(when(col(RawRows.MALFORMED).equalTo(SURPLUS), index)),
                        max(index),
                        max(when(col(RawRows.MALFORMED).equalTo(LINES), index)))
                .first();
        if (found.getLong(0) == 0) {
            throw new JobException("captions file " + file + " has a header and no rows");
        }
        if (!found.isNullAt(1)) {
            throw surplus(found.getLong(1));
        }
        // A quote that never ends takes all that follows into the last row: seen as line ends there, and an odd number
        // of quotes in the file.
        long last = found.getLong(2);
        if (!found.isNullAt(3) && found.getLong(3) == last && hasOddQuotes() && isLast(last)) {
            throw new JobException("row " + (last + 1) + " of captions file " + file
                    + " opens a double quote that does not end; double the quotes inside of quoted fields");
        }
        return found.getLong(0);
    }

    private JobException surplus(long row) {
        String name = all().filter(col(ManifestSchema.ROW_INDEX).equalTo(row))
                .select(column(CaptionColumns.PATH))
                .first()
                .getString(0);
        return new JobException("row " + (row + 1) + " (path '" + ImagePaths.oneLine(String.valueOf(name))
                + "') of captions file " + file + " has more than the header's " + header.size()
                + " fields; put fields that contain a comma in double quotes");
    }

    private boolean hasOddQuotes() {
        Dataset<Row> lines = reader(spark).text(file.toString());
        return lines.agg(sum(regexp_count(col("value"), lit("\""))).mod(2))
                        .first()
                        .getLong(0)
                == 1;
    }

    private boolean isLast(long row) {
        return all().filter(col(ManifestSchema.ROW_INDEX).gt(row)).isEmpty();
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

    /** @throws JobException if the header lacks it */
    private Column column(CaptionColumns wanted) {
        return col(column(wanted.require(header, file)));
    }

    private static String column(int index) {
        return "c" + index;
    }
}
