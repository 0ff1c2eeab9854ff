package io.sparkinversion.weights;

/** Which of several stored copies of the same weights to take. */
public enum WeightPrecision {
    /** The full-precision file where there is one, else the half-precision one. */
    FULL,
    /** The {@code fp16} variant where there is one, else the full-precision file. */
    HALF
}
