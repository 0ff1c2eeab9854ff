package io.sparkinversion.job;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import io.sparkinversion.engine.Failure;
import io.sparkinversion.output.ImageRows;
import io.sparkinversion.worker.TimedStage;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * {@code OUT/stats/wave=N/_stats.json}: what a wave's rows add up to, for those who watch a long run from outside. Rows kept
 * from a replaced wave count with what they cost when they were made.
 *
 * @param wave its number
 * @param images in it
 * @param computed of them by this wave
 * @param kept of them from the waves that it replaces
 * @param replaces those
 * @param rows in metrics
 * @param ok images with results
 * @param failed images without
 * @param failedEdits edits of images with results that failed by themselves
 * @param failures failed images by error code
 * @param seconds by stage, each stage of an image counted once however many methods share it
 * @param unetEvaluations likewise
 */
record WaveStats(
        int wave,
        long images,
        long computed,
        long kept,
        SortedSet<Integer> replaces,
        long rows,
        long ok,
        long failed,
        long failedEdits,
        Map<String, Long> failures,
        Map<String, Double> seconds,
        long unetEvaluations) {

    private static final List<TimedStage> OF_IMAGES = List.of(TimedStage.ENCODE, TimedStage.INVERSION);
    private static final List<TimedStage> OF_ROWS =
            List.of(TimedStage.RECONSTRUCTION, TimedStage.DECODE, TimedStage.EDIT);

    /**
     * @param metrics the wave's rows
     * @param images which rows an image has
     */
    static WaveStats of(Wave wave, Dataset<Row> metrics, ImageRows images) {
        Column imageFailure = when(imageFailed(), col("error_code"));
        Column editFailed = col("error_code").isNotNull().and(not(imageFailed()));
        List<Row> groups = metrics.groupBy(images.first().as("stands_for_image"), imageFailure.as("failure"))
                .agg(
                        count(lit(1)).as("rows"),
                        count(when(editFailed, true)).as("failed_edits"),
                        total("seconds_encode", lit(true)),
                        total("seconds_inversion", lit(true)),
                        total("seconds_reconstruction", images.firstOfMethod()),
                        total("seconds_decode", lit(true)),
                        total("seconds_edit", lit(true)),
                        total("unet_evaluations_image", lit(true)))
                .collectAsList();
        long rows = 0;
        long ok = 0;
        long evaluations = 0;
        long failedEdits = 0;
        Map<String, Long> failures = new TreeMap<>();
        Map<String, Double> seconds = new TreeMap<>();
        for (Row group : groups) {
            long count = group.getAs("rows");
            rows += count;
            failedEdits += group.<Long>getAs("failed_edits");
            add(seconds, OF_ROWS, group);
            boolean standsForImage = group.getAs("stands_for_image");
            if (standsForImage) {
                String code = group.getAs("failure");
                if (code == null) {
                    ok += count;
                } else {
                    failures.merge(code, count, Long::sum);
                }
                add(seconds, OF_IMAGES, group);
                evaluations += group.<Number>getAs("unet_evaluations_image").longValue();
            }
        }
        long failed = failures.values().stream().mapToLong(Long::longValue).sum();
        return new WaveStats(
                wave.number(),
                ok + failed,
                wave.images(),
                wave.kept(),
                wave.replaces(),
                rows,
                ok,
                failed,
                failedEdits,
                failures,
                seconds,
                evaluations);
    }

    /** Whether a row has no results because its image has none. */
    static Column imageFailed() {
        return col("error_code").isNotNull().and(col("error_stage").notEqual(Failure.Stage.EDIT.name()));
    }

    /** @param rows that are counted */
    private static Column total(String column, Column rows) {
        return coalesce(sum(when(rows, col(column))), lit(0)).as(column);
    }

    private static void add(Map<String, Double> seconds, List<TimedStage> stages, Row group) {
        for (TimedStage stage : stages) {
            double spent = group.<Number>getAs("seconds_" + stage.label()).doubleValue();
            seconds.merge(stage.label(), spent, Double::sum);
        }
    }
}
