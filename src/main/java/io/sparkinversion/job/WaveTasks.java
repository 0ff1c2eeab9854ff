package io.sparkinversion.job;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.udf;

import io.sparkinversion.dataset.ManifestSchema;
import io.sparkinversion.worker.WaveProcessor;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;

/**
 * Which task of a wave works on which image: by the work that is expected, not by number or bytes. The images with most
 * work are dealt first, each to the task that has least so far (Graham's longest processing time first); images of equal
 * work go to all tasks alike, so that what was not expected of them is spread, too. Where images come in several shapes,
 * as many as a task has on average are dealt together, of one shape: its batches are full then.
 *
 * @param rows the images' {@link ManifestSchema#ROW_INDEX}, ascending
 * @param tasks the task of each
 * @param count tasks
 */
record WaveTasks(long[] rows, int[] tasks, int count) implements Serializable {
    private static final String WORK = "expected_work";

    /**
     * @param rowIndex of each image, in any order, without repetition
     * @param work of each, 0 or more
     * @param count tasks, 1 or more
     */
    static WaveTasks deal(long[] rowIndex, long[] work, int count) {
        return deal(
                IntStream.range(0, rowIndex.length)
                        .mapToObj(i -> new Known(rowIndex[i], work[i], null))
                        .toList(),
                1,
                count);
    }

    /**
     * Likewise, of one shape together.
     *
     * @param images in any order
     * @param together most images of one shape that are dealt at once
     */
    static WaveTasks deal(List<Known> images, int together, int count) {
        PriorityQueue<Load> loads = new PriorityQueue<>(Comparator.comparingLong(Load::work)
                .thenComparingLong(Load::images)
                .thenComparingInt(Load::task));
        for (int task = 0; task < count; task++) {
            loads.add(new Load(task, 0, 0));
        }
        long[] rows = images.stream().mapToLong(Known::row).sorted().toArray();
        int[] tasks = new int[rows.length];
        for (List<Known> hand : hands(images, together)) {
            Load least = loads.remove();
            hand.forEach(image -> tasks[Arrays.binarySearch(rows, image.row())] = least.task());
            loads.add(new Load(least.task(), least.work() + work(hand), least.images() + hand.size()));
        }
        return new WaveTasks(rows, tasks, count);
    }

    /** Those with most work first. */
    private static List<List<Known>> hands(List<Known> images, int together) {
        Map<String, List<Known>> shapes = images.stream()
                .sorted(Comparator.comparingLong(Known::row))
                .collect(Collectors.groupingBy(image -> String.valueOf(image.shape())));
        List<List<Known>> hands = new ArrayList<>();
        for (List<Known> shape : shapes.values()) {
            for (int from = 0; from < shape.size(); from += together) {
                hands.add(shape.subList(from, Math.min(shape.size(), from + together)));
            }
        }
        hands.sort(Comparator.comparingLong((List<Known> hand) -> -work(hand))
                .thenComparingLong(hand -> hand.get(0).row()));
        return hands;
    }

    private static long work(List<Known> hand) {
        return hand.stream().mapToLong(Known::work).sum();
    }

    private record Load(int task, long work, long images) {}

    /**
     * What is known of an image before it is loaded.
     *
     * @param row its {@link ManifestSchema#ROW_INDEX}
     * @param work that it is expected to cost, 0 or more
     * @param shape of the images that it can share a batch with; null for any, or where it is not known
     */
    record Known(long row, long work, String shape) implements Serializable {}

    /**
     * Deals a wave's images.
     *
     * @param items of {@link WorkList#items}
     * @param work what an item costs
     * @param count tasks
     * @param processor tells their shapes
     */
    static WaveTasks deal(Dataset<Row> items, Column work, int count, WaveProcessor processor) {
        if (processor.hasShapes()) {
            List<Known> known = items.withColumn(WORK, work.cast(DataTypes.LongType))
                    .repartition(count)
                    .javaRDD()
                    .map(row -> new Known(
                            row.getAs(ManifestSchema.ROW_INDEX),
                            row.getAs(WORK),
                            processor.shape(StoredInversions.item(row))))
                    .collect();
            return deal(known, (known.size() + count - 1) / count, count);
        }
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
