package io.sparkinversion.dataset;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.get;
import static org.apache.spark.sql.functions.lit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Images and captions in Parquet, as Hugging Face datasets writes them: {@code image} as
 * {@code struct<bytes: binary, path: string>} or as binary, and a caption, which may be the first of a list; edit
 * prompts and blend words may be lists. The order of rows is that of the file names, and of the rows in each file.
 */
final class ParquetImages {
    private static final String FILE = "source_file";
    private static final String FIRST_ROW = "first_row";
    /** A longer list of files makes a worse plan than reading them all and dropping rows. */
    private static final int MOST_NAMED_FILES = 1_000;

    private ParquetImages() {}

    /**
     * The rows as {@link RawRows} has them, and the column {@code bytes}. Counts the rows of each file from its footer.
     *
     * @param limit how many rows are wanted; 0 for all. Files that lie behind them are not read.
     * @param edits whether those of the dataset are read; it needs the column edit_prompt then
     * @throws JobException if there are no rows, or no columns of the kinds above
     */
    static Dataset<Row> rows(SparkSession spark, Path root, boolean folder, long limit, EditSource edits) {
        DataFrameReader reader = RawRows.reader(spark);
        if (folder) {
            reader = reader.option("recursiveFileLookup", "true").option("pathGlobFilter", "*.parquet");
        }
        Dataset<Row> all = reader.parquet(root.toString());
        StructType schema = all.schema();
        List<String> names = List.of(schema.fieldNames());
        StructField image = schema.fields()[CaptionColumns.IMAGE.require(names, root)];
        StructField caption = schema.fields()[CaptionColumns.CAPTION.require(names, root)];
        checkImage(image, root);
        RawRows.Edits own = edits instanceof EditSource.Dataset ? edits(schema, root) : RawRows.Edits.none();

        List<Row> counts = all.groupBy(col("_metadata.file_path").as(FILE))
                .agg(count(lit(1)))
                .orderBy(FILE)
                .collectAsList();
        List<Row> firstRows = new ArrayList<>();
        long next = 0;
        for (Row file : counts) {
            if (limit == 0 || next < limit) {
                firstRows.add(RowFactory.create(file.getString(0), next));
            }
            next += file.getLong(1);
        }
        if (next == 0) {
            throw new JobException("the Parquet dataset " + root + " has no rows");
        }
        Dataset<Row> offsets = spark.createDataFrame(
                firstRows, new StructType().add(FILE, DataTypes.StringType).add(FIRST_ROW, DataTypes.LongType));
        Dataset<Row> wanted = all;
        if (firstRows.size() < counts.size() && firstRows.size() <= MOST_NAMED_FILES) {
            wanted = all.filter(col("_metadata.file_path")
                    .isin(firstRows.stream().map(row -> row.getString(0)).toArray()));
        }
        boolean plain = image.dataType().equals(DataTypes.BinaryType);
        Column absent = lit(null).cast("string");
        List<Column> columns = new ArrayList<>(List.of(
                col("_metadata.file_path").as(FILE),
                col("_metadata.row_index").as("row_in_file"),
                text(schema, CaptionColumns.ID, root).orElse(absent).as(RawRows.ID),
                (plain ? absent : column(image).getField("path")).as(RawRows.PATH),
                text(caption, root).as(RawRows.CAPTION),
                (plain ? column(image) : column(image).getField("bytes")).as(ManifestSchema.BYTES)));
        columns.addAll(RawRows.columns(own, lit(null)));
        return wanted.select(columns.toArray(Column[]::new))
                .join(broadcast(offsets), FILE)
                .withColumn(ManifestSchema.ROW_INDEX, col(FIRST_ROW).plus(col("row_in_file")))
                .drop(FILE, FIRST_ROW, "row_in_file");
    }

    static RawRows.Edits edits(StructType schema, Object root) {
        StructField prompts = schema.fields()[CaptionColumns.EDIT_PROMPT.require(List.of(schema.fieldNames()), root)];
        Optional<Column> words = CaptionColumns.BLEND_WORDS
                .find(List.of(schema.fieldNames()))
                .map(index -> texts(schema.fields()[index], root));
        return new RawRows.Edits(texts(prompts, root), words.orElse(lit(null)), lit(null));
    }

    static void checkImage(StructField image, Object root) {
        DataType type = image.dataType();
        boolean struct = type instanceof StructType fields
                && has(fields, "bytes", DataTypes.BinaryType)
                && has(fields, "path", DataTypes.StringType);
        if (!struct && !type.equals(DataTypes.BinaryType)) {
            throw new JobException("column " + image.name() + " of " + root + " is " + type.simpleString()
                    + "; expected binary or struct<bytes:binary,path:string>");
        }
    }

    private static boolean has(StructType struct, String name, DataType type) {
        return Arrays.stream(struct.fields())
                .anyMatch(field -> field.name().equals(name) && field.dataType().equals(type));
    }

    static Optional<Column> text(StructType schema, CaptionColumns wanted, Object root) {
        return wanted.find(List.of(schema.fieldNames())).map(index -> text(schema.fields()[index], root));
    }

    /** The text, or the first of a list. */
    static Column text(StructField field, Object root) {
        if (isList(field)) {
            return get(column(field), lit(0));
        }
        DataType type = field.dataType();
        if (type instanceof ArrayType || type instanceof StructType || type.equals(DataTypes.BinaryType)) {
            throw new JobException(
                    "column " + field.name() + " of " + root + " is " + type.simpleString() + "; expected string");
        }
        return column(field).cast("string");
    }

    /** The list, or one of one text. */
    private static Column texts(StructField field, Object root) {
        return isList(field) ? column(field) : array(text(field, root));
    }

    private static boolean isList(StructField field) {
        return field.dataType() instanceof ArrayType list && list.elementType().equals(DataTypes.StringType);
    }

    static Column column(StructField field) {
        return col("`" + field.name().replace("`", "``") + "`");
    }
}
