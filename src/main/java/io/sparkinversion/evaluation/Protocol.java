package io.sparkinversion.evaluation;

import java.util.Locale;

/** How an evaluation is timed. */
public enum Protocol {
    /** As the paper did it: one image at a time, after one that is not timed. */
    PAPER,
    /** In batches, as a bulk job runs; an image's time is its share of the batch's. */
    THROUGHPUT;

    /** Pixels of the paper's squares. */
    public static final int PAPER_RESOLUTION = 512;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
