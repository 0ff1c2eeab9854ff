package io.sparkinversion.dataset;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.left;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.substring_index;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

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
 * Finds out on the executors how files are now: one listing a folder, or one question a file where the rows are few,
 * which may come from a folder of millions.
 */
public final class FileFacts {
    /** Column: {@link FileState#size}. */
    public static final String SIZE = "size";
    /** Column: {@link FileState#modified}. */
    public static final String MODIFIED = "modified";
    /** Up to this many files are better asked for one by one. */
    private static final int FEW = 1_000;

    private static final StructType FACTS =
            new StructType().add(SIZE, DataTypes.LongType).add(MODIFIED, DataTypes.LongType);
    /** One file of a {@link FolderListing}. */
    static final StructType LISTED =
            new StructType().add("listed_path", DataTypes.StringType).add("facts", FACTS);

    private FileFacts() {}

    /**
     * Adds both columns. They are null where nothing is to be found out, and for files that are not there or not to be
     * seen.
     *
     * @param rows with the addresses of files in a column path
     * @param wanted whether the row's file is to be looked at
     * @param oneByOne whether each file is asked for; else its folder is listed
     */
    public static Dataset<Row> add(Dataset<Row> rows, Column wanted, boolean oneByOne) {
        SparkSession spark = rows.sparkSession();
        Broadcast<SerializableConfiguration> configuration = SerializableConfiguration.broadcast(
                spark.sparkContext(), spark.sessionState().newHadoopConf());
        Column path = col("path");
        Column readable = wanted.and(path.isNotNull());
        Dataset<Row> known;
        if (oneByOne) {
            UDF1<String, Row> lookUp =
                    address -> row(FileState.find(address, configuration.value().value()));
            known = rows.withColumn("facts", when(readable, udf(lookUp, FACTS).apply(path)));
        } else {
            FlatMapFunction<String, Row> list =
                    folder -> FolderListing.open(folder, configuration.value().value());
            Column name = substring_index(path, "/", -1);
            // Without a number of its own Spark would merge a short list of folders into one task.
            Dataset<Row> listed = rows.filter(readable)
                    .select(left(path, length(path).minus(length(name)).minus(1))
                            .as("folder"))
                    .distinct()
                    .repartition(spark.sparkContext().defaultParallelism())
                    .as(Encoders.STRING())
                    .flatMap(list, Encoders.row(LISTED));
            known = rows.join(listed, readable.and(path.equalTo(col("listed_path"))), "left");
        }
        return known.withColumn(SIZE, col("facts." + SIZE))
                .withColumn(MODIFIED, col("facts." + MODIFIED))
                .drop("facts", "listed_path");
    }

    /** As above, with the better of both ways for so many rows. */
    public static Dataset<Row> add(Dataset<Row> rows, Column wanted) {
        return add(rows, wanted, rows.limit(FEW + 1).count() <= FEW);
    }

    /** Of {@link #FACTS}. */
    static Row row(FileState state) {
        return state == null ? null : RowFactory.create(state.size(), state.modified());
    }
}
