package io.sparkinversion.nightly;

import io.sparkinversion.evaluation.MadeUp;
import io.sparkinversion.evaluation.Measurement;
import io.sparkinversion.evaluation.MeasurementBuilder;
import io.sparkinversion.nightly.Run.Combination;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A run of numbers made up for a test: one method at 50 steps, unless another is added. */
final class MadeUpRun {
    private static final int STEPS = 50;

    private final String name;
    private final String method;
    private final Map<String, String> settings = new LinkedHashMap<>(Map.of("resolution", "64", "guidance", "7.5"));
    private final List<Combination> combinations = new ArrayList<>();
    private final List<Measurement> measurements = new ArrayList<>();
    private String device = "cpu";

    MadeUpRun(String name) {
        this(name, "negative-prompt");
    }

    MadeUpRun(String name, String method) {
        this.name = name;
        this.method = method;
        with(method);
    }

    MadeUpRun with(String another) {
        combinations.add(new Combination(another, STEPS));
        return this;
    }

    MadeUpRun setting(String key, String value) {
        settings.put(key, value);
        return this;
    }

    /** From now on, images are computed there. */
    MadeUpRun on(String where) {
        device = where;
        return this;
    }

    /** Images {@code i0}, {@code i1} and so on. */
    MadeUpRun psnr(double... values) {
        for (int i = 0; i < values.length; i++) {
            good("i" + i, values[i]);
        }
        return this;
    }

    /** Each image a batch of its own, on a machine that does nothing else. */
    MadeUpRun seconds(double... values) {
        return seconds(1, values);
    }

    /**
     * Likewise.
     *
     * @param calibration seconds of the fixed piece of arithmetic
     */
    MadeUpRun seconds(double calibration, double[] values) {
        for (int i = 0; i < values.length; i++) {
            timed("i" + i, "i" + i, values[i], values[i] / calibration);
        }
        return this;
    }

    /** An image of the batch that begins with another. */
    MadeUpRun timed(String id, String batch, double seconds, double calibratedTime) {
        Measurement one = on(device, MadeUp.good(id, method, STEPS, 30, 0.1, seconds));
        return add(MeasurementBuilder.of(one).timedWith(batch, calibratedTime).build());
    }

    MadeUpRun good(String id, double psnr) {
        return add(on(device, MadeUp.good(id, method, STEPS, psnr, 0.1, 1)));
    }

    MadeUpRun good(String id, double psnr, double ssim, double lpips) {
        Measurement one = MadeUp.good(id, method, STEPS, psnr, lpips, 1);
        return add(MeasurementBuilder.of(one).scores(psnr, ssim, lpips).build());
    }

    /** An edit with this CLIP score. */
    MadeUpRun clip(String id, double clip) {
        Measurement one = MadeUp.good(id, method, STEPS, 30, 0.1, 1);
        return add(MeasurementBuilder.of(one).clip(clip).build());
    }

    MadeUpRun failed(String id, String code) {
        return add(MadeUp.failed(id, "a picture of " + id, method, STEPS, code));
    }

    MadeUpRun add(Measurement measurement) {
        measurements.add(measurement);
        return this;
    }

    Run run() {
        return new Run(name, "2026-11-23T02:00:00Z", "1.0", settings, combinations, measurements);
    }

    static Measurement recaptioned(Measurement one) {
        return MeasurementBuilder.of(one).caption("something else").build();
    }

    private static Measurement on(String device, Measurement one) {
        return MeasurementBuilder.of(one).batch(one.batchSize(), device).build();
    }
}
