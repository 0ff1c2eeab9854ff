package io.sparkinversion.job;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.function.LongSupplier;

/**
 * The waves that are left to be computed, in their order. A plan without a wave size has new images in small pieces;
 * as many of them become one wave as the run's pace allows.
 */
final class WaveQueue {
    private final Deque<Wave> left;
    private final LongSupplier largest;

    private WaveQueue(Collection<Wave> waves, LongSupplier largest) {
        this.left = new ArrayDeque<>(waves);
        this.largest = largest;
    }

    /** The waves as they are. */
    static WaveQueue asPlanned(Collection<Wave> waves) {
        return new WaveQueue(waves, () -> 0);
    }

    /**
     * Waves joined.
     *
     * @param largest images that the next wave may have, asked for each
     */
    static WaveQueue joined(Collection<Wave> waves, LongSupplier largest) {
        return new WaveQueue(waves, largest);
    }

    /** The next wave; null if none is left. */
    synchronized Wave next() {
        Wave wave = left.poll();
        if (wave == null) {
            return null;
        }
        long most = largest.getAsLong();
        while (wave.isNew() && fits(wave, left.peek(), most)) {
            wave = wave.with(left.remove());
        }
        return wave;
    }

    private static boolean fits(Wave wave, Wave next, long most) {
        return next != null && next.isNew() && wave.images() + next.images() <= most;
    }
}
