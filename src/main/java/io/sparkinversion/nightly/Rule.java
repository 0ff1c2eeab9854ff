package io.sparkinversion.nightly;

import java.util.Locale;

/** Why a nightly run can fail. */
enum Rule {
    /** The mean paired difference is beyond the limit, and its 95% confidence interval below zero. */
    PSNR_DROP,
    /** Of edits: the same of their CLIP score. */
    CLIP_DROP,
    /** The median ratio of the batches' calibrated times is beyond the limit. */
    SLOWDOWN,
    /** An image that had a result in the baseline has none. */
    NEW_FAILURE,
    /** An image of the baseline has no row at all. */
    MISSING_ROW,
    /** No image has a result. */
    NO_RESULT,
    /** Both runs have results, and not for one image in common. */
    NO_PAIR;

    /** As files have it: lower case with hyphens. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * @throws IllegalArgumentException if there is no such rule
     */
    static Rule of(String label) {
        return valueOf(label.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
