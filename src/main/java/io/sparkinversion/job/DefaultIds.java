package io.sparkinversion.job;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.trim;
import static org.apache.spark.sql.functions.when;

import java.util.Arrays;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;

/**
 * Names the rows that the dataset gives no id: the relative path without its extension ({@code birds/007} for
 * {@code birds/007.png}), and with it where {@code birds/007.jpg} exists, too.
 */
final class DefaultIds {

    private DefaultIds() {}

    /** A path without the extension of its last segment. */
    static String withoutExtension(String path) {
        int dot = path.lastIndexOf('.');
        return dot > path.lastIndexOf('/') + 1 ? path.substring(0, dot) : path;
    }

    /**
     * @param rows with {@code id} (null or blank where there is none), {@code short_id} and {@code long_id}, of which
     *     the latter is taken where two different ones share the former
     * @param someHaveNone whether there can be rows without an id; without such rows nothing is compared
     * @return rows of {@link ImageDataset#ROW}
     */
    static Dataset<Row> fill(Dataset<Row> rows, boolean someHaveNone) {
        Dataset<Row> filled = rows;
        if (someHaveNone) {
            Column own = when(trim(col("id")).notEqual(""), col("id"));
            var sharing = Window.partitionBy("own_or_short");
            Column ambiguous =
                    min("long_id").over(sharing).notEqual(max("long_id").over(sharing));
            filled = rows.withColumn("own", own)
                    .withColumn("own_or_short", coalesce(own, col("short_id")))
                    .withColumn("long_id", when(col("own").isNull(), col("long_id")))
                    .withColumn("ambiguous", coalesce(ambiguous, lit(false)))
                    .withColumn(
                            "id",
                            coalesce(col("own"), when(col("ambiguous"), col("long_id")).otherwise(col("short_id"))));
        }
        return filled.select(Arrays.stream(ImageDataset.ROW.fieldNames())
                .map(name -> col(name).cast(ImageDataset.ROW.apply(name).dataType()).as(name))
                .toArray(Column[]::new));
    }
}
