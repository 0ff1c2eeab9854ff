package io.sparkinversion.job;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.left;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.substring_index;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import io.sparkinversion.weights.Reachability;
import java.io.FileNotFoundException;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Sizes and times of image files, found on the executors: one listing a folder, or one question a file where the rows
 * are few, which may come from a folder of millions.
 */
final class FileFacts {
    /** With up to this many rows, files are looked up one by one. */
    static final int FEW = 1_000;

    private static final StructType FACTS = new StructType()
            .add(ManifestSchema.SIZE, DataTypes.LongType)
            .add(ManifestSchema.MODIFIED, DataTypes.LongType);
    /** One file of a {@link FolderListing}. */
    static final StructType LISTED =
            new StructType().add("listed_path", DataTypes.StringType).add("facts", FACTS);

    private FileFacts() {}

    /**
     * Adds the columns size (bytes) and modified (milliseconds since 1970). Both are null for inline images, and for
     * files that are not there or not to be seen: the worker, who opens them, says what is wrong.
     *
     * @param rows of {@link DatasetReader}
     */
    static Dataset<Row> add(Dataset<Row> rows) {
        return add(rows, FEW);
    }

    static Dataset<Row> add(Dataset<Row> rows, int few) {
        SparkSession spark = rows.sparkSession();
        Broadcast<SerializableConfiguration> configuration = SerializableConfiguration.broadcast(spark.sparkContext());
        Column path = col(ManifestSchema.PATH);
        Column readable = col(DatasetReader.PATH_PROBLEM).isNull().and(path.isNotNull());
        boolean inline = ManifestSchema.hasBytes(rows);
        Dataset<Row> known;
        if (inline || rows.limit(few + 1).count() <= few) {
            // Parquet with mere paths in it is looked up file by file, too: a join would move the other rows' bytes.
            UDF1<String, Row> lookUp = address -> lookUp(address, configuration);
            Column toRead = inline ? readable.and(col(ManifestSchema.BYTES).isNull()) : readable;
            known = rows.withColumn("facts", when(toRead, udf(lookUp, FACTS).apply(path)));
        } else {
            FlatMapFunction<String, Row> list =
                    folder -> FolderListing.open(folder, configuration.value().value());
            Column name = substring_index(path, "/", -1);
            // Without a number of its own Spark would merge a short list of folders into one task.
            Dataset<Row> listed = rows.filter(readable)
                    .select(left(path, length(path).minus(length(name)).minus(1)).as("folder"))
                    .distinct()
                    .repartition(spark.sparkContext().defaultParallelism())
                    .as(Encoders.STRING())
                    .flatMap(list, Encoders.row(LISTED));
            known = rows.join(listed, readable.and(path.equalTo(col("listed_path"))), "left");
        }
        return known.withColumn(ManifestSchema.SIZE, col("facts." + ManifestSchema.SIZE))
                .withColumn(ManifestSchema.MODIFIED, col("facts." + ManifestSchema.MODIFIED))
                .drop("facts", "listed_path");
    }

    private static Row lookUp(String address, Broadcast<SerializableConfiguration> broadcast) throws IOException {
        Configuration configuration = broadcast.value().value();
        try {
            Path path = new Path(address);
            FileStatus status = path.getFileSystem(configuration).getFileStatus(path);
            return status.isFile() ? RowFactory.create(status.getLen(), status.getModificationTime()) : null;
        } catch (FileNotFoundException | IllegalArgumentException e) {
            return null;
        } catch (IOException e) {
            // One strange name must not end the plan. A file system that is gone must: all files would seem to be.
            if (!Reachability.isReachable(address, configuration)) {
                throw e;
            }
            return null;
        }
    }
}
