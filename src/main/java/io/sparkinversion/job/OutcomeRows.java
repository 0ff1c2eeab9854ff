package io.sparkinversion.job;

import io.sparkinversion.dataset.FileState;
import io.sparkinversion.engine.Engine.Cost;
import io.sparkinversion.engine.Engine.Latent;
import io.sparkinversion.engine.Engine.NullTextTrace;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.engine.InvertedArray;
import io.sparkinversion.engine.StoredArray;
import io.sparkinversion.image.RunLengths;
import io.sparkinversion.output.ImageRows;
import io.sparkinversion.output.ImageRows.Key;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.ResultSchema;
import io.sparkinversion.worker.ContentKey;
import io.sparkinversion.worker.EditOutcome;
import io.sparkinversion.worker.ImageOutcome;
import io.sparkinversion.worker.ImageOutcome.BatchTime;
import io.sparkinversion.worker.ImageOutcome.MethodResult;
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
 * @param images which rows an image has, failed ones included
 * @param lpipsNet name of the LPIPS network, or null
 * @param steps DDIM steps
 * @param guidance guidance scale
 * @param settingsKey of {@link JobSettings#settingsKey}
 */
record OutcomeRows(ImageRows images, String lpipsNet, int steps, double guidance, String settingsKey)
        implements Serializable {

    static OutcomeRows of(JobSettings settings) {
        return new OutcomeRows(
                ImageRows.of(settings),
                settings.lpipsNet(),
                settings.worker().steps(),
                settings.worker().guidance(),
                settings.settingsKey());
    }

    /**
     * By what resume finds out whether something has changed.
     *
     * @param file just before it was read; null where nothing was
     * @param editsKey of what was asked of the image's edits, or null
     */
    record Fingerprint(FileState file, String editsKey) {}

    /** The image's row of {@link ResultSchema#OUTCOME}. */
    Row row(ImageOutcome outcome, Fingerprint taken) {
        List<Row> metrics = new ArrayList<>();
        List<Row> pictures = new ArrayList<>();
        if (outcome.failed()) {
            for (Key key : images.keys(
                    outcome.item().edit() == null
                            ? 0
                            : outcome.item().edit().prompts().size())) {
                metrics.add(metricsRow(failure(outcome.failure()), key, outcome, taken));
            }
            return RowFactory.create(array(List.of()), array(pictures), array(metrics));
        }
        for (MethodResult result : outcome.results()) {
            Key key = new Key(result.method(), null, null);
            metrics.add(metricsRow(success(result), key, outcome, taken));
            pictures.add(imageRow(outcome, key, result.scores(), Map.of("reconstruction", result.reconstruction())));
        }
        List<Row> latents = new ArrayList<>();
        if (outcome.terminalLatent() != null) {
            Latent latent = outcome.terminalLatent();
            InvertedArray array = new InvertedArray("zT", null, latent.shape(), "float32", latent.bytes());
            latents.add(latentRow(outcome, new StoredArray(null, array)));
        }
        if (outcome.edits() != null) {
            EditOutcome edits = outcome.edits();
            edits.inversion().forEach(stored -> latents.add(latentRow(outcome, stored)));
            for (EditOutcome.Result result : edits.results()) {
                Key key = new Key(result.method(), result.control(), result.edit());
                Map<String, Object> row = result.made() == null
                        ? failure(result.failure())
                        : EditRow.metrics(result.made(), edits.ceiling());
                row.put("lpips_net", lpipsNet);
                metrics.add(metricsRow(row, key, outcome, taken));
                if (result.made() != null) {
                    pictures.add(imageRow(
                            outcome, key, result.made().reconstructionScores(), EditRow.pictures(result.made())));
                }
            }
        }
        return RowFactory.create(array(latents), array(pictures), array(metrics));
    }

    private Map<String, Object> success(MethodResult result) {
        Map<String, Object> row = new HashMap<>();
        row.put("status", ResultSchema.OK);
        scores(row, "", result.scores());
        scores(row, "vae_", result.ceiling());
        row.put("lpips_net", lpipsNet);
        cost(row, result.cost());
        row.put("seconds_total", result.cost().totalSeconds());
        NullTextTrace nullText = result.nullText();
        if (nullText != null) {
            row.put(
                    "null_text_inner_steps",
                    Arrays.stream(nullText.innerSteps()).boxed().toArray());
            row.put(
                    "null_text_cosine",
                    Arrays.stream(nullText.captionCosine()).boxed().toArray());
        }
        return row;
    }

    private static Map<String, Object> failure(Failure failure) {
        Map<String, Object> row = new HashMap<>();
        row.put("status", ResultSchema.FAILED);
        row.put("error_stage", failure.stage().name());
        row.put("error_code", failure.code().name());
        row.put("error_message", failure.message());
        return row;
    }

    /** Adds what is common to all rows of an image. */
    private Row metricsRow(Map<String, Object> row, Key key, ImageOutcome outcome, Fingerprint taken) {
        WorkItem item = outcome.item();
        String prompt = prompt(item, key);
        row.put("image_id", item.imageId());
        row.put("path", item.path());
        row.put("caption", item.caption());
        row.put("edit", key.edit());
        row.put("edit_prompt", prompt);
        row.put("control", key.control());
        row.put("category", item.edit() == null ? null : item.edit().category());
        row.put("method", key.method());
        row.put("steps", steps);
        row.put("guidance", guidance);
        if (taken.file() != null) {
            row.put("file_size", taken.file().size());
            row.put("file_modified", taken.file().modified());
        }
        row.put("edits_key", taken.editsKey());
        row.put("unet_evaluations_image", outcome.failed() ? null : outcome.evaluations());
        row.put("settings_key", settingsKey);
        Source source = outcome.source();
        String imageHash = null;
        if (source != null) {
            imageHash = source.sha256();
            row.put("image_sha256", imageHash);
            row.put("image_width", source.width());
            row.put("image_height", source.height());
            row.put("image_bytes", source.byteCount());
            row.put("image_marks", source.marks());
        }
        Worker worker = outcome.worker();
        if (worker != null) {
            row.put("executor", worker.executor());
            row.put("host", worker.host());
            row.put("device", worker.device());
            row.put("caption_tokens", worker.captionTokens());
            row.put("caption_truncated", worker.captionTruncated());
        }
        BatchTime batch = outcome.batch();
        if (batch != null) {
            row.put("batch", batch.first());
            row.put("device_share", batch.deviceShare());
            number(row, "seconds_calibration", batch.calibration());
        }
        // No List.of: parts may be null.
        row.put(
                "row_key",
                ContentKey.of(Arrays.asList(
                        imageHash, item.caption(), prompt, mask(item), key.method(), key.control(), settingsKey)));
        return ResultSchema.row(ResultSchema.METRICS, row);
    }

    private static String prompt(WorkItem item, Key key) {
        boolean asked = item.edit() != null && key.edit() != null;
        return asked ? item.edit().prompts().get(key.edit()).text() : null;
    }

    private static String mask(WorkItem item) {
        return item.edit() == null || item.edit().mask() == null
                ? null
                : Arrays.toString(RunLengths.encode(item.edit().mask()));
    }

    static void cost(Map<String, Object> row, Cost cost) {
        row.put("seconds_encode", cost.encodeSeconds());
        row.put("seconds_inversion", cost.inversionSeconds());
        row.put("seconds_reconstruction", cost.reconstructionSeconds());
        row.put("seconds_decode", cost.decodeSeconds());
        row.put("unet_evaluations", cost.inversionEvaluations() + cost.reconstructionEvaluations());
        row.put("unet_evaluations_inversion", cost.inversionEvaluations());
        row.put("unet_evaluations_reconstruction", cost.reconstructionEvaluations());
        row.put("unet_evaluations_shallow", cost.shallowEvaluations());
        row.put("unet_gradients", cost.gradients());
        row.put("batch_size", cost.batchSize());
        row.put("peak_memory", cost.peakMemory() == 0 ? null : cost.peakMemory());
    }

    static void scores(Map<String, Object> row, String prefix, Scores scores) {
        number(row, prefix + "psnr", scores.psnr());
        number(row, prefix + "ssim", scores.ssim());
        number(row, prefix + "lpips", scores.lpips());
    }

    /** What was not measured is null in tables. */
    static void number(Map<String, Object> row, String column, double value) {
        row.put(column, Double.isNaN(value) ? null : value);
    }

    /** @param pictures PNG by column, beside the original */
    private static Row imageRow(ImageOutcome outcome, Key key, Scores scores, Map<String, byte[]> pictures) {
        String id = outcome.item().imageId();
        Map<String, Object> row = new HashMap<>();
        row.put("image_id", id);
        row.put("method", key.method());
        row.put("control", key.control());
        row.put("edit", key.edit());
        row.put("caption", outcome.item().caption());
        row.put("edit_prompt", prompt(outcome.item(), key));
        number(row, "psnr", scores.psnr());
        number(row, "lpips", scores.lpips());
        row.put("original", RowFactory.create(outcome.original(), id + ".png"));
        String name = key.edit() == null
                ? id + "." + key.method()
                : id + "." + key.method() + "." + key.control() + "." + key.edit();
        pictures.forEach((column, png) -> {
            String suffix = column.equals("reconstruction") && key.edit() == null ? "" : "." + column;
            row.put(column, RowFactory.create(png, name + suffix + ".png"));
        });
        return ResultSchema.row(ResultSchema.IMAGES, row);
    }

    private static Row latentRow(ImageOutcome outcome, StoredArray stored) {
        InvertedArray array = stored.array();
        Map<String, Object> row = new HashMap<>();
        row.put("image_id", outcome.item().imageId());
        row.put("kind", array.kind());
        row.put("method", array.method());
        row.put("shape", Arrays.stream(array.shape()).boxed().toArray());
        row.put("dtype", array.dtype());
        row.put("data", array.bytes());
        row.put("key", stored.key());
        return ResultSchema.row(ResultSchema.LATENTS, row);
    }

    /** Spark's row encoder takes arrays for array columns whatever Scala collection it prefers. */
    private static Object array(List<Row> rows) {
        return rows.toArray();
    }
}
