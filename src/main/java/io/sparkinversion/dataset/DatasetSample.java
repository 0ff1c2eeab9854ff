package io.sparkinversion.dataset;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.sha2;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;

/**
 * A sample that everybody can draw again: the rows whose SHA-256 of {@code SEED:IMAGE_ID} (UTF-8, lower-case hex) come
 * first. It depends on neither the order of the rows nor their partitions, save where ids are row numbers, and a
 * larger sample holds the smaller ones of the same seed.
 */
final class DatasetSample {
    /** Up to this many rows are sent to every executor by way of the driver; a larger sample never passes there. */
    private static final long FEW = 10_000;

    private static final String OLD_INDEX = "sampled_row";
    private static final String DRAW = "draw";

    private DatasetSample() {}

    /** How many of so many rows {@link #of} takes. */
    static long size(long rows, DatasetSettings settings) {
        return settings.sample() == 0 ? rows : Math.min(rows, settings.sample());
    }

    /**
     * The sample that the settings ask for, with a row_index from 0 without gaps in the dataset's order; lazily. The
     * draw looks at ids and row numbers only: inline images are not moved.
     *
     * @param rows of {@link DatasetReader}
     */
    static Dataset<Row> of(Dataset<Row> rows, DatasetSettings settings) {
        if (settings.sample() == 0) {
            return rows;
        }
        int count = (int) Math.min(Integer.MAX_VALUE, settings.sample());
        Dataset<Row> drawn = rows.select(
                        col(ManifestSchema.ROW_INDEX).as(OLD_INDEX),
                        sha2(concat(lit(settings.seed() + ":"), col(ManifestSchema.IMAGE_ID)), 256)
                                .as(DRAW))
                .orderBy(DRAW, OLD_INDEX)
                .limit(count)
                .select(
                        col(OLD_INDEX),
                        row_number()
                                .over(Window.orderBy(OLD_INDEX))
                                .minus(1)
                                .cast("long")
                                .as("new_index"));
        return rows.join(
                        count <= FEW ? broadcast(drawn) : drawn.hint("merge"),
                        rows.col(ManifestSchema.ROW_INDEX).equalTo(drawn.col(OLD_INDEX)))
                .withColumn(ManifestSchema.ROW_INDEX, col("new_index"))
                .drop(OLD_INDEX, "new_index");
    }
}
