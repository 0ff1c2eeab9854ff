package io.sparkinversion.nightly;

import io.sparkinversion.evaluation.Measurement;
import io.sparkinversion.report.Estimate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.math3.stat.descriptive.rank.Median;

/**
 * The images of one combination in two runs. A pair is an image with the same id and caption and a result in both.
 *
 * @param pairs with results in both
 * @param newFailures results in the baseline, failed now
 * @param missing ids of the baseline that have no row now
 * @param recovered failed in the baseline, now with a result
 * @param added without a row in the baseline
 * @param recaptioned with another caption than in the baseline, which is another task: not compared
 */
record Pairs(
        List<Pair> pairs,
        List<Measurement> newFailures,
        List<String> missing,
        int recovered,
        int added,
        int recaptioned) {

    /**
     * dB, taken for an infinite PSNR when the other one is finite: about the PSNR of a picture in which a single value is
     * off by one (89 dB at 64x64, 107 dB at 512x512). Two infinite ones differ by 0.
     */
    static final double INFINITE_PSNR = 100;

    record Pair(Measurement before, Measurement now) {}

    static Pairs of(List<Measurement> before, List<Measurement> now) {
        Map<String, Measurement> earlier = new HashMap<>();
        before.forEach(one -> earlier.put(one.imageId(), one));
        List<Pair> pairs = new ArrayList<>();
        List<Measurement> newFailures = new ArrayList<>();
        int recovered = 0;
        int added = 0;
        int recaptioned = 0;
        for (Measurement one : now) {
            Measurement other = earlier.remove(one.imageId());
            if (other == null) {
                added++;
            } else if (one.caption() != null
                    && other.caption() != null
                    && !one.caption().equals(other.caption())) {
                recaptioned++;
            } else if (!other.failed() && !one.failed()) {
                pairs.add(new Pair(other, one));
            } else if (!other.failed()) {
                newFailures.add(one);
            } else if (!one.failed()) {
                recovered++;
            }
        }
        List<String> missing = List.copyOf(new TreeSet<>(earlier.keySet()));
        return new Pairs(pairs, newFailures, missing, recovered, added, recaptioned);
    }

    int size() {
        return pairs.size();
    }

    /** dB, this run minus the baseline. */
    Estimate psnrChange() {
        return Estimate.of(pairs.stream()
                .mapToDouble(
                        pair -> psnrDifference(pair.before().psnr(), pair.now().psnr()))
                .toArray());
    }

    /** This run minus the baseline. */
    Estimate ssimChange() {
        return change(Measurement::ssim);
    }

    /** This run minus the baseline. */
    Estimate lpipsChange() {
        return change(Measurement::lpips);
    }

    /** Of edits: points of the CLIP score, this run minus the baseline; empty where either has none. */
    Estimate clipChange() {
        return change(Measurement::clip);
    }

    private Estimate change(ToDoubleFunction<Measurement> value) {
        return Estimate.of(pairs.stream()
                .mapToDouble(pair -> value.applyAsDouble(pair.now()) - value.applyAsDouble(pair.before()))
                .toArray());
    }

    /**
     * The median over this run's batches of its calibrated time divided by the baseline's for the same images; NaN where
     * either is not calibrated. One hiccup of a shared machine moves the mean of a few batches beyond any useful limit,
     * but not the median. Ratios by image do not depend on what an image costs.
     */
    double medianSlowdown() {
        return new Median()
                .evaluate(calibratedByBatch()
                        .mapToDouble(batch -> batch.stream()
                                .mapToDouble(pair -> pair.now().calibratedTime()
                                        / pair.before().calibratedTime())
                                .average()
                                .orElseThrow())
                        .toArray());
    }

    /** Batches of this run with a calibrated time on both sides. */
    int calibratedBatches() {
        return Math.toIntExact(calibratedByBatch().count());
    }

    private Stream<List<Pair>> calibratedByBatch() {
        return pairs.stream()
                .filter(pair -> calibrated(pair.before()) && calibrated(pair.now()))
                .collect(Collectors.groupingBy(pair -> pair.now().batch()))
                .values()
                .stream();
    }

    private static boolean calibrated(Measurement measurement) {
        return Double.isFinite(measurement.calibratedTime()) && measurement.calibratedTime() > 0;
    }

    /** The sum of this run's seconds by the clock divided by the baseline's; NaN if nothing was timed. */
    double totalSlowdown() {
        double now =
                timed().stream().mapToDouble(pair -> pair.now().secondsTotal()).sum();
        return now
                / timed().stream()
                        .mapToDouble(pair -> pair.before().secondsTotal())
                        .sum();
    }

    /** Such as {@code cpu}, or {@code cpu and gpu}. */
    String devicesBefore() {
        return devices(pairs.stream().map(Pair::before).toList());
    }

    String devicesNow() {
        return devices(pairs.stream().map(Pair::now).toList());
    }

    private List<Pair> timed() {
        return pairs.stream()
                .filter(pair -> timed(pair.before()) && timed(pair.now()))
                .toList();
    }

    private static boolean timed(Measurement measurement) {
        return Double.isFinite(measurement.secondsTotal()) && measurement.secondsTotal() > 0;
    }

    private static double psnrDifference(double before, double now) {
        if (before == now) {
            return 0;
        }
        return capped(now, before) - capped(before, now);
    }

    private static double capped(double psnr, double other) {
        return psnr == Double.POSITIVE_INFINITY ? Math.max(INFINITE_PSNR, other) : psnr;
    }

    /** Kinds of devices, without their numbers. */
    private static String devices(List<Measurement> measurements) {
        return measurements.stream()
                .map(one -> String.valueOf(one.device()).replaceFirst(":.*", ""))
                .distinct()
                .sorted()
                .collect(Collectors.joining(" and "));
    }
}
