package io.sparkinversion.worker;

import io.sparkinversion.engine.Engine.Cost;
import io.sparkinversion.engine.Engine.Latent;
import io.sparkinversion.engine.Engine.NullTextTrace;
import io.sparkinversion.engine.Failure;
import java.io.Serializable;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * All that is known of one image after the worker is done with it: either the results of every method or a failure.
 *
 * @param item what was asked for
 * @param source what was found at the path; null where nothing could be read
 * @param original the source, resized or as it is, as PNG, null on failure
 * @param terminalLatent z_T, the end of the DDIM inversion; null on failure and where no method starts from it
 * @param results one entry a method; empty on failure and where the image was edited
 * @param edits null on failure and where nothing was to be edited
 * @param failure null on success
 * @param worker who did it
 * @param batch how its batch was timed; null where it was in none
 */
public record ImageOutcome(
        WorkItem item,
        Source source,
        byte[] original,
        Latent terminalLatent,
        List<MethodResult> results,
        EditOutcome edits,
        Failure failure,
        Worker worker,
        BatchTime batch)
        implements Serializable {

    /** Of an image that is not edited. */
    public ImageOutcome(
            WorkItem item,
            Source source,
            byte[] original,
            Latent terminalLatent,
            List<MethodResult> results,
            Failure failure,
            Worker worker) {
        this(item, source, original, terminalLatent, results, null, failure, worker, null);
    }

    /** With the time of its batch. */
    public ImageOutcome in(BatchTime timed) {
        return new ImageOutcome(item, source, original, terminalLatent, results, edits, failure, worker, timed);
    }

    /**
     * All images of a batch are one measurement of time.
     *
     * @param first id of the batch's first image, which names it
     * @param deviceShare of the batch's time the part in which the device worked for it, from 0 to 1: less than 1 where a
     *     processor did other work
     * @param calibration seconds of a fixed piece of arithmetic beside the batch, see {@link
     *     io.sparkinversion.engine.Engine#calibrate}; NaN if unknown
     */
    public record BatchTime(String first, double deviceShare, double calibration) implements Serializable {}

    /**
     * The file as it was read.
     *
     * @param sha256 of the encoded bytes, lower-case hex
     * @param width pixels, after EXIF orientation, before the crop; 0 where it did not decode
     * @param height likewise
     * @param byteCount size of the encoded bytes
     * @param marks what was particular about it, see {@link io.sparkinversion.image.Picture#markText}; null for nothing
     */
    public record Source(String sha256, int width, int height, long byteCount, String marks) implements Serializable {
        /** Nothing was particular. */
        public Source(String sha256, int width, int height, long byteCount) {
            this(sha256, width, height, byteCount, null);
        }
    }

    /**
     * One method's reconstruction of the image.
     *
     * @param method its name, as {@code --method} takes it
     * @param scores how near the reconstruction is to the original
     * @param ceiling the same of the VAE's encode-decode alone, which no method that decodes with it can be expected to
     *     exceed by much
     * @param reconstruction PNG
     * @param cost what it took
     * @param nullText how its null text was optimised; null where none was
     */
    public record MethodResult(
            String method, Scores scores, Scores ceiling, byte[] reconstruction, Cost cost, NullTextTrace nullText)
            implements Serializable {}

    /**
     * Distances between two 8-bit RGB images.
     *
     * @param psnr dB, data range 1; infinite where the images are equal
     * @param ssim Gaussian 11x11 window, sigma 1.5, mean over channels
     * @param lpips perceptual distance, NaN where no LPIPS weights were given
     */
    public record Scores(double psnr, double ssim, double lpips) implements Serializable {}

    /**
     * @param executor Spark's executor id
     * @param host its host name
     * @param device {@code cpu} or {@code gpu:N}
     * @param captionTokens tokens of the caption before truncation, without start and end
     * @param captionTruncated whether the caption was longer than the text encoder takes
     */
    public record Worker(String executor, String host, String device, int captionTokens, boolean captionTruncated)
            implements Serializable {}

    /** UNet evaluations that were made for the image. Its methods share the inversion: it is counted once. */
    public long evaluations() {
        int inversion = 0;
        long reconstructions = 0;
        for (MethodResult result : results) {
            inversion = Math.max(inversion, result.cost().inversionEvaluations());
            reconstructions += result.cost().reconstructionEvaluations();
        }
        return inversion + reconstructions + (edits == null ? 0 : edits.evaluations());
    }

    /**
     * What the image cost, in seconds by stage. Encoding and inversion, which its methods share, count once; what a
     * method does before its edits counts once for the method.
     */
    public Map<TimedStage, Double> seconds() {
        Map<TimedStage, Double> seconds = new EnumMap<>(TimedStage.class);
        Map<String, Double> ofMethods = new HashMap<>();
        for (MethodResult result : results) {
            add(seconds, ofMethods, result.method(), result.cost());
        }
        List<EditOutcome.Result> edited = edits == null ? List.of() : edits.results();
        for (EditOutcome.Result result : edited) {
            if (result.made() != null) {
                add(seconds, ofMethods, result.method(), result.made().cost());
                seconds.merge(TimedStage.EDIT, result.made().seconds(), Double::sum);
            }
        }
        ofMethods.values().forEach(each -> seconds.merge(TimedStage.RECONSTRUCTION, each, Double::sum));
        return seconds;
    }

    private static void add(Map<TimedStage, Double> seconds, Map<String, Double> ofMethods, String method, Cost cost) {
        seconds.merge(TimedStage.ENCODE, cost.encodeSeconds(), Math::max);
        seconds.merge(TimedStage.INVERSION, cost.inversionSeconds(), Math::max);
        seconds.merge(TimedStage.DECODE, cost.decodeSeconds(), Double::sum);
        ofMethods.merge(method, cost.reconstructionSeconds(), Math::max);
    }

    public boolean failed() {
        return failure != null;
    }
}
