package io.sparkinversion.verify;

import io.sparkinversion.verify.GoldenFile.Golden;

/** Tolerances for activations inside a network, whose size is not normalised. */
public final class Checkpoints {
    private Checkpoints() {}

    /** {@code tolerance} for values up to 1, and in proportion for larger ones. */
    public static double tolerance(Golden expected, double tolerance) {
        double largest = 1;
        for (float value : expected.values()) {
            largest = Math.max(largest, Math.abs(value));
        }
        return tolerance * largest;
    }
}
