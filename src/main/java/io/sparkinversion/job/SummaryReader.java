package io.sparkinversion.job;

import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.desc;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.min_by;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.when;

import io.sparkinversion.job.RunSummary.EditQuality;
import io.sparkinversion.job.RunSummary.FailureKind;
import io.sparkinversion.job.RunSummary.MethodQuality;
import io.sparkinversion.output.ImageRows;
import io.sparkinversion.output.ResultSchema;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Adds metrics rows up. */
final class SummaryReader {
    private SummaryReader() {}

    /** One entry for each of the methods, in their order. */
    static List<MethodQuality> methods(Dataset<Row> metrics, List<String> methods) {
        Map<String, MethodQuality> found = metrics
                .groupBy("method")
                .agg(
                        count(when(ok(), true)).as("ok"),
                        count(when(col("status").equalTo(ResultSchema.FAILED), true))
                                .as("failed"),
                        avg(finite("psnr")).as("psnr"),
                        count(when(col("psnr").equalTo(Double.POSITIVE_INFINITY), true))
                                .as("identical"),
                        avg("ssim").as("ssim"),
                        avg("lpips").as("lpips"),
                        avg(finite("vae_psnr")).as("vae_psnr"),
                        avg("vae_ssim").as("vae_ssim"),
                        avg("seconds_total").as("seconds"))
                .collectAsList()
                .stream()
                .map(row -> new MethodQuality(
                        row.getAs("method"),
                        row.getAs("ok"),
                        row.getAs("failed"),
                        mean(row, "psnr"),
                        row.getAs("identical"),
                        mean(row, "ssim"),
                        mean(row, "lpips"),
                        mean(row, "vae_psnr"),
                        mean(row, "vae_ssim"),
                        mean(row, "seconds")))
                .collect(Collectors.toMap(MethodQuality::method, Function.identity()));
        double none = Double.NaN;
        return methods.stream()
                .map(name ->
                        found.getOrDefault(name, new MethodQuality(name, 0, 0, none, 0, none, none, none, none, none)))
                .toList();
    }

    /**
     * @param images in the output
     * @param failed of them without any result
     */
    record Images(long images, long failed) {}

    static Images images(Dataset<Row> metrics, ImageRows images) {
        Row counted = metrics.where(images.first())
                .agg(count(lit(1)), count(when(WaveStats.imageFailed(), true)))
                .first();
        return new Images(counted.getLong(0), counted.getLong(1));
    }

    /** One entry a method and control, in alphabetical order. */
    static List<EditQuality> edits(Dataset<Row> metrics) {
        Column[] means = EditQuality.MEANS.stream()
                .map(column -> avg(finite(column)).as(column))
                .toArray(Column[]::new);
        return metrics
                .where(col("control").isNotNull())
                .groupBy("method", "control")
                .agg(
                        count(when(ok(), true)).as("ok"),
                        Stream.concat(Stream.of(count(when(not(ok()), true)).as("failed")), Arrays.stream(means))
                                .toArray(Column[]::new))
                .orderBy("method", "control")
                .collectAsList()
                .stream()
                .map(row -> {
                    Map<String, Double> values = new LinkedHashMap<>();
                    EditQuality.MEANS.forEach(column -> values.put(column, mean(row, column)));
                    return new EditQuality(
                            row.getAs("method"), row.getAs("control"), row.getAs("ok"), row.getAs("failed"), values);
                })
                .toList();
    }

    /** The most frequent first; those of whole images, then those of single edits. */
    static List<FailureKind> failures(Dataset<Row> metrics, ImageRows images) {
        Column counted = images.first()
                .and(WaveStats.imageFailed())
                .or(col("error_code").isNotNull().and(not(WaveStats.imageFailed())));
        return metrics
                .where(counted)
                .groupBy(not(WaveStats.imageFailed()).as("of_edit"), col("error_code"))
                .agg(
                        count(lit(1)).as("count"),
                        min("image_id").as("example"),
                        min_by(col("error_message"), col("image_id")).as("message"))
                .orderBy(col("of_edit"), desc("count"), col("error_code"))
                .collectAsList()
                .stream()
                .map(row -> new FailureKind(
                        row.getAs("error_code"),
                        row.getAs("of_edit"),
                        row.getAs("count"),
                        row.getAs("example"),
                        row.getAs("message")))
                .toList();
    }

    private static Column ok() {
        return col("status").equalTo(ResultSchema.OK);
    }

    private static Column finite(String column) {
        // In Spark's order NaN comes after infinity.
        return when(col(column).lt(Double.POSITIVE_INFINITY), col(column));
    }

    private static double mean(Row row, String column) {
        Double value = row.getAs(column);
        return value == null ? Double.NaN : value;
    }
}
