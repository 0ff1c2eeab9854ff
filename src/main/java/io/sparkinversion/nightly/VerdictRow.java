package io.sparkinversion.nightly;

import io.sparkinversion.evaluation.Measurement;
import io.sparkinversion.nightly.Difference.Effect;
import io.sparkinversion.nightly.Run.Combination;
import io.sparkinversion.report.Cell;
import io.sparkinversion.report.Estimate;
import io.sparkinversion.report.Numbers;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * One method at one step count against the baseline.
 *
 * @param combination what was run
 * @param count images with a result now
 * @param failed images without a result
 * @param psnr dB, now; infinite ones in no mean
 * @param ssim now
 * @param lpips now; empty where it was not measured
 * @param seconds an image, now
 * @param compared whether the baseline ran it, too; if not, all that follows is empty
 * @param pairs of the images in both runs
 * @param lpipsChange now minus baseline over the pairs; empty where the runs measured it with different networks
 * @param speedNotJudged why speed is not compared; empty if it is
 * @param breaches why it fails; empty if it passes
 */
record VerdictRow(
        Combination combination,
        int count,
        int failed,
        Estimate psnr,
        Estimate ssim,
        Estimate lpips,
        Estimate seconds,
        boolean compared,
        Pairs pairs,
        Estimate lpipsChange,
        String speedNotJudged,
        List<Breach> breaches) {

    /** A drop of exactly the limit passes, in spite of binary rounding. */
    private static final double ROUNDING = 1e-9;

    /** A batch is one measurement of time: fewer say little. */
    static final int LEAST_BATCHES = 5;

    /** That a message lists. */
    private static final int NAMES = 5;

    /**
     * @param rule which was broken
     * @param text by how much, and where
     */
    record Breach(Rule rule, String text) {}

    /** Without a baseline. */
    static VerdictRow of(Combination combination, List<Measurement> now) {
        Pairs none = Pairs.of(List.of(), List.of());
        return of(combination, now, false, none, Set.of(), "", breachesAlone(now));
    }

    static VerdictRow of(
            Combination combination,
            List<Measurement> before,
            List<Measurement> now,
            Set<Effect> effects,
            Limits limits) {
        Pairs pairs = Pairs.of(before, now);
        String speed = speedNotJudged(pairs, effects);
        List<Breach> breaches = breaches(before, now, pairs, speed, limits);
        if (!effects.contains(Effect.CLIP)) {
            clipBreach(pairs, limits).ifPresent(breaches::add);
        }
        return of(combination, now, true, pairs, effects, speed, breaches);
    }

    private static VerdictRow of(
            Combination combination,
            List<Measurement> now,
            boolean compared,
            Pairs pairs,
            Set<Effect> effects,
            String speedNotJudged,
            List<Breach> breaches) {
        List<Measurement> good = now.stream().filter(one -> !one.failed()).toList();
        return new VerdictRow(
                combination,
                good.size(),
                now.size() - good.size(),
                mean(good, Measurement::psnr),
                mean(good, Measurement::ssim),
                mean(good, Measurement::lpips),
                mean(good, Measurement::secondsTotal),
                compared,
                pairs,
                effects.contains(Effect.LPIPS) ? Estimate.of() : pairs.lpipsChange(),
                speedNotJudged,
                List.copyOf(breaches));
    }

    private static Optional<Breach> clipBreach(Pairs pairs, Limits limits) {
        Estimate change = pairs.clipChange();
        return change.high() < 0 && change.mean() < -limits.maxClipDrop() - ROUNDING
                ? Optional.of(new Breach(
                        Rule.CLIP_DROP,
                        "mean CLIP score " + Numbers.signed(change.mean(), 2) + ", 95% confidence interval "
                                + Cell.ofDifference(change, 2).detail() + ", over "
                                + Numbers.count(change.count(), "paired edit") + ": entirely below zero, and more than "
                                + limits.clipText() + " down"))
                : Optional.empty();
    }

    private static List<Breach> breachesAlone(List<Measurement> now) {
        List<Breach> breaches = new ArrayList<>();
        if (now.stream().allMatch(Measurement::failed)) {
            String rows = now.isEmpty()
                    ? "there is no row at all"
                    : "all of " + Numbers.count(now.size(), "image") + " failed";
            breaches.add(new Breach(Rule.NO_RESULT, "no image has a result: " + rows));
        }
        return breaches;
    }

    private static List<Breach> breaches(
            List<Measurement> before, List<Measurement> now, Pairs pairs, String speedNotJudged, Limits limits) {
        List<Breach> breaches = breachesAlone(now);
        Estimate change = pairs.psnrChange();
        if (change.high() < 0 && change.mean() < -limits.maxPsnrDrop() - ROUNDING) {
            breaches.add(new Breach(
                    Rule.PSNR_DROP,
                    "mean PSNR " + Numbers.signed(change.mean(), 2) + " dB, 95% confidence interval "
                            + Cell.ofDifference(change, 2).detail() + ", over "
                            + Numbers.count(change.count(), "paired image") + ": entirely below zero, and more than "
                            + limits.dropText() + " dB down"));
        }
        double slowdown = pairs.medianSlowdown();
        if (speedNotJudged.isEmpty() && slowdown > limits.maxSlowdown() * (1 + ROUNDING)) {
            breaches.add(new Breach(
                    Rule.SLOWDOWN,
                    "a batch takes " + Numbers.times(slowdown) + " the baseline's time, calibrated (median over "
                            + Numbers.count(pairs.calibratedBatches(), "batch", "batches") + "), more than "
                            + limits.slowdownText() + "×"));
        }
        if (!pairs.newFailures().isEmpty()) {
            breaches.add(new Breach(
                    Rule.NEW_FAILURE,
                    Numbers.count(pairs.newFailures().size(), "image")
                            + " had a result in the baseline and failed now: "
                            + some(pairs.newFailures().stream()
                                    .map(one -> one.imageId() + " (" + one.failure() + ")")
                                    .sorted()
                                    .toList())));
        }
        if (!pairs.missing().isEmpty()) {
            breaches.add(new Breach(
                    Rule.MISSING_ROW,
                    Numbers.count(pairs.missing().size(), "image") + " of the baseline "
                            + (pairs.missing().size() == 1 ? "is" : "are") + " not in this run: "
                            + some(pairs.missing())));
        }
        boolean results =
                before.stream().anyMatch(one -> !one.failed()) && now.stream().anyMatch(one -> !one.failed());
        if (results && pairs.size() == 0) {
            breaches.add(new Breach(
                    Rule.NO_PAIR,
                    "no image with the same id and caption has a result in both runs: nothing was compared"));
        }
        return breaches;
    }

    private static String speedNotJudged(Pairs pairs, Set<Effect> effects) {
        if (pairs.size() == 0) {
            return "no paired images";
        }
        if (!pairs.devicesBefore().equals(pairs.devicesNow())) {
            return "the baseline ran on " + pairs.devicesBefore() + ", this run on " + pairs.devicesNow();
        }
        if (effects.contains(Effect.SPEED)) {
            return "settings that change it differ";
        }
        int batches = pairs.calibratedBatches();
        if (batches == 0) {
            return "no time is calibrated in both runs";
        }
        return batches < LEAST_BATCHES
                ? Numbers.count(batches, "batch", "batches") + ", and a judgement needs " + LEAST_BATCHES
                        + "; more images or a smaller --batch-size give more"
                : "";
    }

    private static String some(List<String> names) {
        return Numbers.some(names, NAMES);
    }

    private static Estimate mean(List<Measurement> measurements, ToDoubleFunction<Measurement> value) {
        return Estimate.of(measurements.stream().mapToDouble(value).toArray());
    }
}
