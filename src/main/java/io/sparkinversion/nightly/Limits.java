package io.sparkinversion.nightly;

import io.sparkinversion.UserException;
import java.math.BigDecimal;

/**
 * How much worse than its baseline a run may be.
 *
 * @param maxPsnrDrop dB, 0 or more
 * @param maxSlowdown factor, 1 or more
 * @param maxClipDrop of edits: points of the CLIP score, 0 or more
 */
public record Limits(double maxPsnrDrop, double maxSlowdown, double maxClipDrop) {
    /** Points of the CLIP score, of which papers print two digits after the point. */
    public static final double CLIP_DROP = 0.25;

    /** With {@link #CLIP_DROP}. */
    public Limits(double maxPsnrDrop, double maxSlowdown) {
        this(maxPsnrDrop, maxSlowdown, CLIP_DROP);
    }

    /**
     * @throws UserException if a limit is out of its range
     */
    public Limits {
        if (!Double.isFinite(maxPsnrDrop) || maxPsnrDrop < 0) {
            throw new UserException("invalid PSNR drop " + maxPsnrDrop + "; it must be 0 dB or more");
        }
        if (!Double.isFinite(maxSlowdown) || maxSlowdown < 1) {
            throw new UserException("invalid slowdown " + maxSlowdown + "; it must be 1 (times as slow) or more");
        }
        if (!Double.isFinite(maxClipDrop) || maxClipDrop < 0) {
            throw new UserException("invalid CLIP drop " + maxClipDrop + "; it must be 0 points or more");
        }
    }

    /** For messages: 0.25. */
    String clipText() {
        return plain(maxClipDrop);
    }

    /** For messages: 0.1. */
    String dropText() {
        return plain(maxPsnrDrop);
    }

    /** For messages: 1.3, or 100 without a point. */
    String slowdownText() {
        return plain(maxSlowdown);
    }

    private static String plain(double limit) {
        return BigDecimal.valueOf(limit).stripTrailingZeros().toPlainString();
    }
}
