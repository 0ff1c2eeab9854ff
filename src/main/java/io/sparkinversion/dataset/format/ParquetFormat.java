package io.sparkinversion.dataset.format;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.ManifestSchema;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Images, or their paths, and captions in Parquet, as Hugging Face datasets, img2dataset and Spark write them; see
 * {@link ImageColumns}. The order of rows is that of the file names, and of the rows in each file.
 *
 * @param root the folder or file, for messages
 * @param folder whether it is a folder, all of whose files are read
 * @param files those that are read instead; null for all
 * @param limit how many rows are wanted; 0 for all. Files that lie behind them are not read.
 */
record ParquetFormat(
        Description description,
        Path root,
        boolean folder,
        Path images,
        List<SourceFile> files,
        Reading reading,
        boolean edits,
        long limit)
        implements DatasetFormat {
    private static final String FILE = "source_file";
    private static final String FIRST_ROW = "first_row";
    private static final String CAPTIONS = "captions_of_row";
    /** A longer list of files makes a worse plan than reading them all and dropping rows. */
    private static final int MOST_NAMED_FILES = 1_000;

    @Override
    public String name() {
        return root.toString();
    }

    /** Counts the rows of each file from its footer. */
    @Override
    public Dataset<Row> rows(SparkSession spark) {
        Dataset<Row> all = all(spark);
        StructType schema = all.schema();
        ImageColumns image = ImageColumns.of(schema, root, reading);
        Column captions = ImageColumns.captions(schema, root, reading);
        Column id = ImageColumns.id(schema, root, reading);
        RawRows.Edits own = edits ? ImageColumns.edits(schema, root, reading) : RawRows.Edits.none();

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
        List<Column> columns = new ArrayList<>(List.of(
                col("_metadata.file_path").as(FILE),
                col("_metadata.row_index").as("row_in_file"),
                id.as(RawRows.ID),
                image.path().as(RawRows.PATH),
                captions.as(CAPTIONS),
                own.prompts().as(RawRows.EDIT_PROMPTS),
                own.blendWords().as(RawRows.BLEND_WORDS)));
        if (image.bytes() != null) {
            columns.add(image.bytes().as(ManifestSchema.BYTES));
        }
        Dataset<Row> rows = wanted.select(columns.toArray(Column[]::new))
                .join(broadcast(offsets), FILE)
                .withColumn(ManifestSchema.ROW_INDEX, col(FIRST_ROW).plus(col("row_in_file")));
        return CaptionLists.chosen(
                rows,
                col(CAPTIONS),
                reading,
                (caption, further) -> RawRows.columns(
                        col(RawRows.ID),
                        col(RawRows.PATH),
                        caption,
                        further,
                        new RawRows.Edits(col(RawRows.EDIT_PROMPTS), col(RawRows.BLEND_WORDS))));
    }

    private Dataset<Row> all(SparkSession spark) {
        DataFrameReader reader = RawRows.reader(spark);
        if (files != null) {
            return reader.parquet(files.stream().map(SourceFile::address).toArray(String[]::new));
        }
        return folder
                ? reader.option("recursiveFileLookup", "true")
                        .option("pathGlobFilter", "*.parquet")
                        .parquet(root.toString())
                : reader.parquet(root.toString());
    }
}
