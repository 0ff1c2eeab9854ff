package io.sparkinversion.evaluation;

import java.util.Locale;

/** How an evaluation is timed. */
public enum Protocol {
    /** As in the paper: one image at a time, after a warm-up image that is not timed. */
    PAPER,
    /** In batches, as a bulk job runs; an image's time is its share of the batch's. */
    THROUGHPUT;

    /** Width and height of the paper's images, in pixels. */
    public static final int PAPER_RESOLUTION = 512;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
