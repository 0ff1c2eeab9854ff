package io.sparkinversion.editing;

import java.io.Serializable;

/**
 * A part of the denoising steps.
 *
 * @param start share of the steps before it, 0 to 1
 * @param end share of the steps up to its end, likewise
 */
public record Window(double start, double end) implements Serializable {
    /** All steps. */
    public static final Window ALWAYS = new Window(0, 1);
    /** No step. */
    public static final Window NEVER = new Window(0, 0);

    /**
     * @throws IllegalArgumentException if these are not shares in order
     */
    public Window {
        if (!(start >= 0 && start <= end && end <= 1)) {
            throw new IllegalArgumentException(
                    "a window from " + start + " to " + end + " of the steps: it needs 0 <= start <= end <= 1");
        }
    }

    /** From the first step on. */
    public static Window until(double end) {
        return new Window(0, end);
    }

    /** Whether row {@code index} of {@code count} is inside; bounds are rounded down to whole rows. */
    boolean contains(int index, int count) {
        return index >= (int) (start * count) && index < (int) (end * count);
    }
}
