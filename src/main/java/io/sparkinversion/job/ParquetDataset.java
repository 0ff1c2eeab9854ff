package io.sparkinversion.job;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.get;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.nullif;
import static org.apache.spark.sql.functions.regexp_extract;
import static org.apache.spark.sql.functions.regexp_replace;
import static org.apache.spark.sql.functions.unix_millis;

import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
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
 * Parquet files with the images inside, as Hugging Face datasets writes them: {@code image} as
 * {@code struct<bytes: binary, path: string>} or as plain binary, {@code caption} (or {@code text}; of a list the first
 * one), {@code id} and {@code edit_prompt} where wanted. Rows count by file name and place in the file. Planning never
 * reads the images; a wave reads them from the files that hold its rows.
 */
final class ParquetDataset {

    private final SparkSession spark;
    private final String address;
    private final Dataset<Row> files;
    private final StructType schema;
    private final StructField image;

    private ParquetDataset(SparkSession spark, String address) {
        this.spark = spark;
        this.address = address;
        this.files = spark.read()
                .option("recursiveFileLookup", true)
                .option("pathGlobFilter", "*.parquet")
                .parquet(Addresses.literal(address));
        this.schema = files.schema();
        this.image = find("image").filter(field -> holdsBytes(field.dataType())).orElseThrow(() -> new JobException(
                address + " has no column 'image' of type binary or struct<bytes: binary, path: string>; its columns: "
                        + String.join(", ", schema.fieldNames())));
    }

    static ImageDataset open(SparkSession spark, String address, DatasetRoot root, long limit) {
        ParquetDataset dataset = new ParquetDataset(spark, address);
        Dataset<Row> rows = limit == 0 ? dataset.rows() : dataset.rows().where(col("row_index").lt(limit));
        return new ImageDataset(
                DefaultIds.fill(rows, dataset.find("id").isEmpty()), dataset::withImages, root, address, null);
    }

    private static boolean holdsBytes(DataType type) {
        return type.equals(DataTypes.BinaryType)
                || type instanceof StructType struct
                        && Arrays.asList(struct.fieldNames()).contains("bytes")
                        && struct.apply("bytes").dataType().equals(DataTypes.BinaryType);
    }

    private Optional<StructField> find(String name) {
        return Arrays.stream(schema.fields())
                .filter(field -> field.name().equalsIgnoreCase(name))
                .findFirst();
    }

    private Dataset<Row> rows() {
        Column caption = find("caption").or(() -> find("text")).map(ParquetDataset::text).orElseThrow(() ->
                new JobException(address + " has no column 'caption' (or 'text'); its columns: "
                        + String.join(", ", schema.fieldNames())));
        boolean named = image.dataType() instanceof StructType struct
                && Arrays.asList(struct.fieldNames()).contains("path");
        Column file = col("_metadata.file_path");
        Column row = col("_metadata.row_index");
        Dataset<Row> rows = files.select(
                find("id").map(ParquetDataset::text).orElse(missing()).as("id"),
                (named ? nullif(col(image.name()).getField("path"), lit("")) : missing()).as("name"),
                caption.as("caption"),
                find("edit_prompt").map(ParquetDataset::text).orElse(missing()).as("edit_prompt"),
                col("_metadata.file_size").as("size"),
                unix_millis(col("_metadata.file_modification_time")).as("modified"),
                file.as("source_file"),
                row.as("source_row"));
        Column place = concat(
                regexp_replace(regexp_extract(col("source_file"), "([^/]*)$", 1), "\\.parquet$", ""),
                lit("-"),
                col("source_row"));
        return rows.join(broadcast(firstRows(file, row)), "source_file")
                .withColumn("row_index", col("first_row").plus(col("source_row")))
                .withColumn("path", coalesce(col("name"), place))
                .withColumn("path_problem", missing())
                .withColumn("short_id", coalesce(regexp_replace(col("name"), "(?<=[^/])\\.[^./]*$", ""), place))
                .withColumn("long_id", concat(col("short_id"), lit("@"), col("row_index")));
    }

    /** For each file the number of rows before it, files in the order of their names. */
    private Dataset<Row> firstRows(Column file, Column row) {
        List<Row> counted = files.select(file.as("source_file"), row.as("source_row"))
                .groupBy("source_file")
                .agg(max("source_row").plus(1))
                .orderBy("source_file")
                .collectAsList();
        List<Row> first = new ArrayList<>();
        long before = 0;
        for (Row counts : counted) {
            first.add(RowFactory.create(counts.getString(0), before));
            before += counts.getLong(1);
        }
        return spark.createDataFrame(
                first, new StructType().add("source_file", DataTypes.StringType).add("first_row", DataTypes.LongType));
    }

    /** Manifest rows with their images, read from the files that hold them and from no others. */
    private Dataset<Row> withImages(Dataset<Row> wanted) {
        List<Row> spans = wanted.groupBy("source_file")
                .agg(min("source_row"), max("source_row"))
                .collectAsList();
        if (spans.isEmpty()) {
            return wanted.withColumn("bytes", lit(null).cast(DataTypes.BinaryType));
        }
        String[] paths = spans.stream()
                .map(span -> Addresses.literal(new Path(URI.create(span.getString(0))).toString()))
                .toArray(String[]::new);
        Column inSpan = spans.stream()
                .map(span -> col("source_file").equalTo(span.getString(0))
                        .and(col("source_row").between(span.getLong(1), span.getLong(2))))
                .reduce(Column::or)
                .orElseThrow();
        Column bytes = image.dataType().equals(DataTypes.BinaryType)
                ? col(image.name())
                : col(image.name()).getField("bytes");
        Dataset<Row> images = spark.read().schema(schema).parquet(paths)
                .select(
                        col("_metadata.file_path").as("source_file"),
                        col("_metadata.row_index").as("source_row"),
                        bytes.as("bytes"))
                .where(inSpan);
        return images.join(broadcast(wanted), new String[] {"source_file", "source_row"}, "inner");
    }

    private static Column missing() {
        return lit(null).cast(DataTypes.StringType);
    }

    private static Column text(StructField field) {
        Column column = col("`" + field.name() + "`");
        return (field.dataType() instanceof ArrayType ? get(column, lit(0)) : column).cast(DataTypes.StringType);
    }
}
