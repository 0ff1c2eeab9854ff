package io.sparkinversion.job;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.udf;

import io.sparkinversion.dataset.ManifestSchema;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;

/**
 * Which task of a wave works on which image: by the work that is expected, not by number or bytes. The images with most
 * work are dealt first, each to the task that has least so far (Graham's longest processing time first); images of equal
 * work go to all tasks alike, so that what was not expected of them is spread, too.
 *
 * @param rows the images' {@link ManifestSchema#ROW_INDEX}, ascending
 * @param tasks the task of each
 * @param count tasks
 */
record WaveTasks(long[] rows, int[] tasks, int count) implements Serializable {

    /**
     * @param rowIndex of each image, in any order, without repetition
     * @param work of each, 0 or more
     * @param count tasks, 1 or more
     */
    static WaveTasks deal(long[] rowIndex, long[] work, int count) {
        PriorityQueue<Load> loads = new PriorityQueue<>(Comparator.comparingLong(Load::work)
                .thenComparingLong(Load::images)
                .thenComparingInt(Load::task));
        for (int task = 0; task < count; task++) {
            loads.add(new Load(task, 0, 0));
        }
        Integer[] order = new Integer[rowIndex.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingLong((Integer i) -> -work[i]).thenComparingLong(i -> rowIndex[i]));
        long[] rows = rowIndex.clone();
        Arrays.sort(rows);
        int[] tasks = new int[rows.length];
        for (int image : order) {
            Load least = loads.remove();
            tasks[Arrays.binarySearch(rows, rowIndex[image])] = least.task();
            loads.add(new Load(least.task(), least.work() + work[image], least.images() + 1));
        }
        return new WaveTasks(rows, tasks, count);
    }

    private record Load(int task, long work, long images) {}

    /**
     * Deals a wave's images.
     *
     * @param items with {@link ManifestSchema#ROW_INDEX}
     * @param work what an item costs
     * @param count tasks
     */
    static WaveTasks deal(Dataset<Row> items, Column work, int count) {
        List<Row> known = items.select(col(ManifestSchema.ROW_INDEX), work.cast(DataTypes.LongType))
                .collectAsList();
        return deal(
                known.stream().mapToLong(row -> row.getLong(0)).toArray(),
                known.stream().mapToLong(row -> row.getLong(1)).toArray(),
                count);
    }

    /** The items that were dealt, a partition a task. With Spark's adaptive execution they are moved at once. */
    JavaRDD<Row> of(Dataset<Row> items) {
        UDF1<Long, Integer> task = this::task;
        return items.repartitionById(count, udf(task, DataTypes.IntegerType).apply(col(ManifestSchema.ROW_INDEX)))
                .javaRDD();
    }

    /** The task of an image. */
    int task(long rowIndex) {
        return tasks[Arrays.binarySearch(rows, rowIndex)];
    }
}
