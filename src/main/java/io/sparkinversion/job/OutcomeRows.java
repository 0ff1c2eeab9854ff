package io.sparkinversion.job;

import io.sparkinversion.worker.Failure;
import io.sparkinversion.worker.ImageOutcome;
import io.sparkinversion.worker.ImageOutcome.Cost;
import io.sparkinversion.worker.ImageOutcome.MethodResult;
import io.sparkinversion.worker.ImageOutcome.NullTextTrace;
import io.sparkinversion.worker.ImageOutcome.Scores;
import io.sparkinversion.worker.ImageOutcome.Source;
import io.sparkinversion.worker.ImageOutcome.Worker;
import io.sparkinversion.worker.WorkItem;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Turns what a worker returns into rows of the three tables.
 *
 * @param methods names of the methods; a failed image has a metrics row for each
 * @param lpipsNet name of the LPIPS network, or null
 * @param steps DDIM steps
 * @param guidance guidance scale
 * @param settingsKey of {@link JobSettings#settingsKey}
 */
record OutcomeRows(List<String> methods, String lpipsNet, int steps, double guidance, String settingsKey)
        implements Serializable {

    static OutcomeRows of(JobSettings settings) {
        return new OutcomeRows(
                settings.methodLabels(),
                settings.lpipsNet(),
                settings.worker().steps(),
                settings.worker().guidance(),
                settings.settingsKey());
    }

    /**
     * What the manifest knew of the file, by which resume finds out whether it has changed.
     *
     * @param size bytes, or null
     * @param modified milliseconds since 1970, or null
     */
    record Fingerprint(Long size, Long modified) {}

    /** The image's row of {@link ResultSchema#OUTCOME}. */
    Row row(ImageOutcome outcome, Fingerprint file) {
        if (outcome.failed()) {
            List<Row> metrics = methods.stream()
                    .map(method -> metricsRow(failure(outcome, method), outcome, file))
                    .toList();
            return RowFactory.create(array(List.of()), array(List.of()), array(metrics));
        }
        List<Row> metrics = new ArrayList<>();
        List<Row> images = new ArrayList<>();
        for (MethodResult result : outcome.results()) {
            metrics.add(metricsRow(success(outcome, result), outcome, file));
            images.add(imageRow(outcome, result));
        }
        List<Row> latents = outcome.terminalLatent() == null ? List.of() : List.of(latentRow(outcome));
        return RowFactory.create(array(latents), array(images), array(metrics));
    }

    private Map<String, Object> success(ImageOutcome outcome, MethodResult result) {
        Map<String, Object> row = new HashMap<>();
        row.put("method", result.method());
        row.put("status", ResultSchema.OK);
        scores(row, "", result.scores());
        scores(row, "vae_", result.ceiling());
        row.put("lpips_net", lpipsNet);
        Cost cost = result.cost();
        row.put("seconds_encode", cost.encodeSeconds());
        row.put("seconds_inversion", cost.inversionSeconds());
        row.put("seconds_reconstruction", cost.reconstructionSeconds());
        row.put("seconds_decode", cost.decodeSeconds());
        row.put("seconds_total", cost.totalSeconds());
        row.put("unet_evaluations", cost.inversionEvaluations() + cost.reconstructionEvaluations());
        row.put("unet_evaluations_reconstruction", cost.reconstructionEvaluations());
        row.put("unet_gradients", cost.gradients());
        row.put("batch_size", cost.batchSize());
        row.put("peak_memory", cost.peakMemory() == 0 ? null : cost.peakMemory());
        NullTextTrace nullText = result.nullText();
        if (nullText != null) {
            row.put("null_text_inner_steps", Arrays.stream(nullText.innerSteps()).boxed().toArray());
            row.put("null_text_cosine", Arrays.stream(nullText.captionCosine()).boxed().toArray());
        }
        return row;
    }

    private Map<String, Object> failure(ImageOutcome outcome, String method) {
        Map<String, Object> row = new HashMap<>();
        Failure failure = outcome.failure();
        row.put("method", method);
        row.put("status", ResultSchema.FAILED);
        row.put("error_stage", failure.stage().name());
        row.put("error_code", failure.code().name());
        row.put("error_message", failure.message());
        return row;
    }

    /** Adds what is common to all rows of an image. */
    private Row metricsRow(Map<String, Object> row, ImageOutcome outcome, Fingerprint file) {
        WorkItem item = outcome.item();
        row.put("image_id", item.imageId());
        row.put("path", item.path());
        row.put("caption", item.caption());
        row.put("edit_prompt", item.editPrompt());
        row.put("steps", steps);
        row.put("guidance", guidance);
        row.put("file_size", file.size());
        row.put("file_modified", file.modified());
        row.put("settings_key", settingsKey);
        Source source = outcome.source();
        String imageHash = null;
        if (source != null) {
            imageHash = source.sha256();
            row.put("image_sha256", imageHash);
            row.put("image_width", source.width());
            row.put("image_height", source.height());
            row.put("image_bytes", source.byteCount());
        }
        Worker worker = outcome.worker();
        if (worker != null) {
            row.put("executor", worker.executor());
            row.put("host", worker.host());
            row.put("device", worker.device());
            row.put("caption_tokens", worker.captionTokens());
            row.put("caption_truncated", worker.captionTruncated());
        }
        // No List.of: parts may be null.
        row.put("row_key", ContentKey.of(Arrays.asList(
                imageHash, item.caption(), item.editPrompt(), (String) row.get("method"), settingsKey)));
        return ResultSchema.row(ResultSchema.METRICS, row);
    }

    private static void scores(Map<String, Object> row, String prefix, Scores scores) {
        row.put(prefix + "psnr", scores.psnr());
        row.put(prefix + "ssim", scores.ssim());
        row.put(prefix + "lpips", Double.isNaN(scores.lpips()) ? null : scores.lpips());
    }

    private static Row imageRow(ImageOutcome outcome, MethodResult result) {
        String id = outcome.item().imageId();
        Map<String, Object> row = new HashMap<>();
        row.put("image_id", id);
        row.put("method", result.method());
        row.put("caption", outcome.item().caption());
        row.put("original", RowFactory.create(outcome.original(), id + ".png"));
        row.put("reconstruction", RowFactory.create(result.reconstruction(), id + "." + result.method() + ".png"));
        return ResultSchema.row(ResultSchema.IMAGES, row);
    }

    private static Row latentRow(ImageOutcome outcome) {
        Map<String, Object> row = new HashMap<>();
        row.put("image_id", outcome.item().imageId());
        row.put("kind", "zT");
        row.put("shape", Arrays.stream(outcome.terminalLatent().shape()).boxed().toArray());
        row.put("dtype", "float32");
        row.put("data", outcome.terminalLatent().bytes());
        return ResultSchema.row(ResultSchema.LATENTS, row);
    }

    /** Spark's row encoder takes arrays for array columns whatever Scala collection it prefers. */
    private static Object array(List<Row> rows) {
        return rows.toArray();
    }
}
