package io.sparkinversion.nightly;

import static io.sparkinversion.evaluation.MeasurementRows.calibratedTime;
import static io.sparkinversion.evaluation.MeasurementRows.real;
import static io.sparkinversion.evaluation.MeasurementRows.text;
import static io.sparkinversion.evaluation.MeasurementRows.whole;
import static org.apache.spark.sql.functions.col;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.PublicAddress;
import io.sparkinversion.evaluation.Measurement;
import io.sparkinversion.evaluation.MeasurementBuilder;
import io.sparkinversion.nightly.Run.Combination;
import io.sparkinversion.output.ImageRows;
import io.sparkinversion.output.ImageRows.Approach;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.output.Replacements;
import io.sparkinversion.output.ResultTables;
import io.sparkinversion.output.RunJson;
import io.sparkinversion.output.Table;
import java.io.IOException;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Editing runs as sides of a comparison. A combination is a method with a control; an image is one of its edits; PSNR,
 * SSIM and LPIPS are those of the background.
 */
final class EditRuns {
    private static final double CLIP_SCORE = 100;
    private static final List<String> COLUMNS = List.of(
            "image_id",
            "edit",
            "edit_prompt",
            "method",
            "control",
            "steps",
            "error_code",
            "pie_bench_psnr",
            "pie_bench_ssim",
            "pie_bench_lpips",
            "clip",
            "seconds_total",
            "unet_evaluations",
            "batch_size",
            "batch",
            "device_share",
            "seconds_calibration",
            "device");

    private EditRuns() {}

    static boolean isOne(RunJson run) {
        return run != null
                && run.settings() != null
                && run.settings().keySet().stream().anyMatch(name -> name.startsWith(JobSettings.CONTROL));
    }

    /** What a run with these settings measures. */
    static List<Combination> combinations(JobSettings settings) {
        return ImageRows.of(settings).approaches().stream()
                .map(approach ->
                        new Combination(name(approach), settings.worker().steps()))
                .toList();
    }

    /** @throws JobException if the run has no finished wave */
    static List<Measurement> measurements(SparkSession spark, OutputDirectory directory) throws IOException {
        var waves = new Replacements(directory).valid();
        if (waves.isEmpty()) {
            throw new JobException(PublicAddress.of(directory.root().toString()) + " has no finished wave yet");
        }
        Column[] columns = COLUMNS.stream().map(name -> col(name)).toArray(Column[]::new);
        return new ResultTables(spark, directory)
                .read(Table.METRICS, waves).where(col("control").isNotNull()).select(columns).collectAsList().stream()
                        .map(EditRuns::measurement)
                        .toList();
    }

    private static Measurement measurement(Row row) {
        Integer edit = row.getAs("edit");
        String name = name(new Approach(row.getAs("method"), row.getAs("control")));
        return new MeasurementBuilder(row.getAs("image_id") + "#" + edit, name, row.<Integer>getAs("steps"))
                .caption(row.getAs("edit_prompt"))
                .failure(row.getAs("error_code"))
                .scores(
                        real(row, "pie_bench_psnr", Double.NaN),
                        real(row, "pie_bench_ssim", Double.NaN),
                        real(row, "pie_bench_lpips", Double.NaN))
                .secondsTotal(real(row, "seconds_total", Double.NaN))
                .passes((int) whole(row, "unet_evaluations"), 0)
                .batch((int) whole(row, "batch_size"), row.getAs("device"))
                .timedWith(text(row, "batch"), calibratedTime(row))
                .clip(CLIP_SCORE * real(row, "clip", Double.NaN))
                .build();
    }

    private static String name(Approach approach) {
        return approach.method() + " + " + approach.control();
    }
}
