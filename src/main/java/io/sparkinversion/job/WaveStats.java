package io.sparkinversion.job;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;

import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * {@code OUT/stats/wave=N.json}: what a wave's rows add up to, for those who watch a long run from outside. Rows kept
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
        Map<String, Long> failures,
        Map<String, Double> seconds,
        long unetEvaluations) {

    private static final List<String> SHARED_STAGES = List.of("encode", "inversion");
    private static final List<String> METHOD_STAGES = List.of("reconstruction", "decode");

    /**
     * @param metrics the wave's rows
     * @param method whose rows stand for the images: any of the run's methods
     */
    static WaveStats of(Wave wave, Dataset<Row> metrics, String method) {
        List<Row> groups = metrics.groupBy(col("method").equalTo(method).as("stands_for_image"), col("error_code"))
                .agg(
                        count(lit(1)).as("rows"),
                        total("seconds_encode"),
                        total("seconds_inversion"),
                        total("seconds_reconstruction"),
                        total("seconds_decode"),
                        total("unet_evaluations"),
                        total("unet_evaluations_reconstruction"))
                .collectAsList();
        long rows = 0;
        long ok = 0;
        long evaluations = 0;
        Map<String, Long> failures = new TreeMap<>();
        Map<String, Double> seconds = new TreeMap<>();
        for (Row group : groups) {
            long count = group.getAs("rows");
            rows += count;
            add(seconds, METHOD_STAGES, group);
            evaluations += group.<Number>getAs("unet_evaluations_reconstruction").longValue();
            boolean standsForImage = group.getAs("stands_for_image");
            if (standsForImage) {
                String code = group.getAs("error_code");
                if (code == null) {
                    ok += count;
                } else {
                    failures.merge(code, count, Long::sum);
                }
                add(seconds, SHARED_STAGES, group);
                evaluations += group.<Number>getAs("unet_evaluations").longValue()
                        - group.<Number>getAs("unet_evaluations_reconstruction").longValue();
            }
        }
        long failed = failures.values().stream().mapToLong(Long::longValue).sum();
        return new WaveStats(
                wave.number(), ok + failed, wave.images(), wave.kept(), wave.replaces(), rows, ok, failed, failures,
                seconds, evaluations);
    }

    private static Column total(String column) {
        return coalesce(sum(col(column)), lit(0)).as(column);
    }

    private static void add(Map<String, Double> seconds, List<String> stages, Row group) {
        for (String stage : stages) {
            seconds.merge(stage, group.<Number>getAs("seconds_" + stage).doubleValue(), Double::sum);
        }
    }
}
