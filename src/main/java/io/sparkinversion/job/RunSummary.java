package io.sparkinversion.job;

import io.sparkinversion.output.RunJson;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a run came to. Tables and counts are those of the whole output, reused rows included.
 *
 * @param methods quality and speed, one entry a method in the order of the request; empty where images are edited
 * @param edits likewise, one entry a method and control; empty where nothing is edited
 * @param failures failed images, then failed edits of others, by error code, the most frequent first
 * @param images in the output
 * @param failed of them without results
 * @param reused of them from earlier runs
 * @param gone images of earlier runs that the dataset no longer has; their rows were dropped
 * @param unetEvaluations of this run, batch elements
 * @param modelLoads of this run, by executor and device
 * @param wallTime of this run
 * @param lpipsNet name of the LPIPS network, or null
 * @param output address of the tables
 * @param pictures a line on images whose files were particular, such as transparent ones; empty where there are none
 */
public record RunSummary(
        List<MethodQuality> methods,
        List<EditQuality> edits,
        List<FailureKind> failures,
        long images,
        long failed,
        long reused,
        long gone,
        long unetEvaluations,
        Map<String, Long> modelLoads,
        Duration wallTime,
        String lpipsNet,
        String output,
        String pictures) {

    /**
     * Means over the images with results; NaN where there are none.
     *
     * @param method its name
     * @param images with results
     * @param failed images without
     * @param psnr dB, infinite ones left out
     * @param identical images left out of psnr because the reconstruction equals the original
     * @param ssim mean
     * @param lpips mean
     * @param vaePsnr dB, infinite ones left out
     * @param vaeSsim mean
     * @param secondsAnImage encoding to reconstruction, the shared inversion included
     */
    public record MethodQuality(
            String method,
            long images,
            long failed,
            double psnr,
            long identical,
            double ssim,
            double lpips,
            double vaePsnr,
            double vaeSsim,
            double secondsAnImage) {}

    /**
     * Means over the edits that were made.
     *
     * @param edits that were made
     * @param failed edits that were not
     * @param means by column of the metrics table, infinite values left out; NaN where nothing was measured
     */
    public record EditQuality(String method, String control, long edits, long failed, Map<String, Double> means) {
        /** The columns that are averaged. */
        static final List<String> MEANS = List.of(
                "psnr",
                "edit_psnr",
                "edit_lpips",
                "mask_share",
                "outside_psnr",
                "outside_ssim",
                "outside_lpips",
                "inside_psnr",
                "inside_ssim",
                "inside_lpips",
                "clip_original",
                "clip",
                "unet_evaluations_edit",
                "seconds_total");
    }

    /**
     * @param code the error
     * @param ofEdits whether it is single edits that failed, and not all of an image
     * @param count images or edits that have it
     * @param exampleImage the id of one of them
     * @param exampleMessage what was said of that one
     */
    public record FailureKind(String code, boolean ofEdits, long count, String exampleImage, String exampleMessage) {}

    /** Whether there are images and none has a result. */
    public boolean nothingWorked() {
        return images > 0 && failed == images;
    }

    /** Images that this run worked on. */
    public long computed() {
        return images - reused;
    }

    /** Images that this run worked on, a second; 0 where it had nothing to do. */
    public double imagesPerSecond() {
        return computed() == 0 ? 0 : computed() / (wallTime.toMillis() / 1e3);
    }

    /** All loads of this run: one for each executor and device where all is well. */
    public long modelLoadCount() {
        return modelLoads.values().stream().mapToLong(Long::longValue).sum();
    }

    /** The counts that run.json keeps. */
    Map<String, Long> counters() {
        Map<String, Long> counters = new TreeMap<>();
        counters.put("images", images);
        counters.put("failed", failed);
        counters.put("reused", reused);
        counters.put("computed", computed());
        counters.put("gone", gone);
        counters.put("unet_evaluations", unetEvaluations);
        counters.put("model_loads", modelLoadCount());
        counters.put(RunJson.WALL_MILLISECONDS, wallTime.toMillis());
        failures.forEach(failure ->
                counters.merge("failed_" + failure.code().toLowerCase(Locale.ROOT), failure.count(), Long::sum));
        return counters;
    }

    /** For people: a table, what failed, what it cost, where it is. Ends with a line break. */
    public String text() {
        return SummaryText.of(this);
    }
}
