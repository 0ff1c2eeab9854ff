package io.sparkinversion.job;

/**
 * How long a run will take, from what it has done: the rate since its work began, which is after models were loaded.
 * Between two pieces of work the clock runs on, so that what is left gets less and not more.
 */
final class RemainingTime {
    /** From here on the run has slowed down, and the time must say so. */
    private static final double SLOWER = 1.5;

    private long workBegan;
    private double partThen;
    private long moved;
    private double part;
    private double shown = Double.NaN;

    /** @param nanos when the run began */
    RemainingTime(long nanos) {
        workBegan = nanos;
        moved = nanos;
    }

    /**
     * @param nowDone part of the work that is done, from 0 to 1; never less than before
     * @param nanos the time
     * @return seconds; NaN where nothing is known yet
     */
    double seconds(double nowDone, long nanos) {
        if (part == 0 && nowDone > 0 && partThen == 0) {
            // The first piece of work that was seen: it took anything from no time to all since the run began.
            partThen = nowDone;
            workBegan = nanos;
        }
        if (nowDone > part) {
            part = nowDone;
            moved = nanos;
        }
        double rate = rate();
        if (rate == 0) {
            return Double.NaN;
        }
        double whenMoved = (1 - part) / rate;
        double left = Math.max(1, whenMoved - (nanos - moved) / 1e9);
        // A little slower than it seemed: the time stays where it was until that is true again.
        if (Double.isNaN(shown) || left < shown || left > SLOWER * shown) {
            shown = left;
        }
        return shown;
    }

    private double rate() {
        double seconds = (moved - workBegan) / 1e9;
        return seconds > 0 ? (part - partThen) / seconds : 0;
    }
}
