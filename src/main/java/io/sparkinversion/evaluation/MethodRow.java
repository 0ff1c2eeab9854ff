package io.sparkinversion.evaluation;

import io.sparkinversion.report.Estimate;
import io.sparkinversion.report.Share;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.DoublePredicate;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * One row of the table: a method at a step count.
 *
 * @param method its name
 * @param steps DDIM steps
 * @param count images with a result
 * @param failed images without
 * @param identical ids of the images whose reconstruction equals the original: their PSNR is infinite and in no mean
 * @param psnr dB
 * @param ssim up to 1
 * @param lpips empty where it was not measured
 * @param vaePsnr dB, of the autoencoder alone
 * @param lowPsnr images below {@link #LOW_PSNR}
 * @param highLpips images above {@link #HIGH_LPIPS}
 * @param psnrToBaseline dB, this method minus negative-prompt on the same image at the same step count; empty for
 *     negative-prompt itself
 * @param lpipsToBaseline likewise
 * @param psnrToVae dB, this method minus the autoencoder alone on the same image; empty for the
 *     autoencoder itself
 * @param seconds an image, encode to reconstruction; a batch is one measurement
 * @param timeRatio this method's mean seconds over negative-prompt's, on the images that both have; a batch is one
 *     measurement; NaN without one
 * @param evaluations UNet forward passes an image
 * @param shallow those of them that took the deep features of another step
 * @param gradients UNet backward passes an image
 * @param innerSteps null-text optimisation steps an image; empty for other methods
 * @param peakMemory bytes, the largest; 0 where it is not known
 */
record MethodRow(
        String method,
        int steps,
        int count,
        int failed,
        List<String> identical,
        Estimate psnr,
        Estimate ssim,
        Estimate lpips,
        Estimate vaePsnr,
        Share lowPsnr,
        Share highLpips,
        Estimate psnrToBaseline,
        Estimate lpipsToBaseline,
        Estimate psnrToVae,
        Estimate seconds,
        Estimate timeRatio,
        Estimate evaluations,
        Estimate shallow,
        Estimate gradients,
        Estimate innerSteps,
        long peakMemory) {

    /** dB; an image below it counts as not reconstructed. */
    static final double LOW_PSNR = 20;

    /** An image above it counts as not reconstructed. */
    static final double HIGH_LPIPS = 0.25;

    /**
     * @param own all of the method's measurements at the step count
     * @param baseline negative-prompt's at the same step count, empty where it was not run
     */
    static MethodRow of(String method, int steps, List<Measurement> own, List<Measurement> baseline) {
        List<Measurement> good = own.stream().filter(one -> !one.failed()).toList();
        Map<String, Measurement> rivals = baseline.stream()
                .filter(one -> !one.failed())
                .collect(Collectors.toMap(Measurement::imageId, Function.identity()));
        List<Measurement> paired =
                good.stream().filter(one -> rivals.containsKey(one.imageId())).toList();
        List<Measurement> rival =
                paired.stream().map(one -> rivals.get(one.imageId())).toList();
        boolean itself = method.equals(Evaluation.BASELINE);
        return new MethodRow(
                method,
                steps,
                good.size(),
                own.size() - good.size(),
                good.stream()
                        .filter(one -> one.psnr() == Double.POSITIVE_INFINITY)
                        .map(Measurement::imageId)
                        .toList(),
                mean(good, Measurement::psnr),
                mean(good, Measurement::ssim),
                mean(good, Measurement::lpips),
                mean(good, Measurement::vaePsnr),
                share(good, Measurement::psnr, value -> value < LOW_PSNR),
                share(good, Measurement::lpips, value -> value > HIGH_LPIPS),
                itself ? Estimate.of() : difference(paired, rival, Measurement::psnr),
                itself ? Estimate.of() : difference(paired, rival, Measurement::lpips),
                method.equals(Evaluation.VAE)
                        ? Estimate.of()
                        : Estimate.ofDifferences(values(good, Measurement::psnr), values(good, Measurement::vaePsnr)),
                Estimate.ofGroups(values(good, Measurement::secondsTotal), batches(good)),
                Estimate.ofRatio(
                        values(paired, Measurement::secondsTotal),
                        values(rival, Measurement::secondsTotal),
                        batches(paired)),
                mean(good, Measurement::unetEvaluations),
                mean(good, Measurement::unetShallow),
                mean(good, Measurement::unetGradients),
                mean(
                        good.stream()
                                .filter(one -> one.nullTextInnerSteps().length > 0)
                                .toList(),
                        one -> Arrays.stream(one.nullTextInnerSteps()).sum()),
                good.stream().mapToLong(Measurement::peakMemory).max().orElse(0));
    }

    /** By one thread of one device; NaN where nothing was timed. */
    double imagesPerSecond() {
        return 1 / seconds.mean();
    }

    /** What was timed together; an image alone where the batch is not known. */
    private static List<String> batches(List<Measurement> measurements) {
        return measurements.stream()
                .map(one -> one.batch().isEmpty() ? one.imageId() : one.batch())
                .toList();
    }

    private static Estimate mean(List<Measurement> measurements, ToDoubleFunction<Measurement> value) {
        return Estimate.of(values(measurements, value));
    }

    private static Estimate difference(
            List<Measurement> own, List<Measurement> other, ToDoubleFunction<Measurement> value) {
        return Estimate.ofDifferences(values(own, value), values(other, value));
    }

    private static Share share(
            List<Measurement> measurements, ToDoubleFunction<Measurement> value, DoublePredicate condition) {
        double[] known = measurements.stream()
                .mapToDouble(value)
                .filter(one -> !Double.isNaN(one))
                .toArray();
        return new Share((int) Arrays.stream(known).filter(condition).count(), known.length);
    }

    private static double[] values(List<Measurement> measurements, ToDoubleFunction<Measurement> value) {
        return measurements.stream().mapToDouble(value).toArray();
    }
}
