package io.sparkinversion.job;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/**
 * How many images a wave may have, so that it takes about half a minute: what a run loses when it is killed is then a
 * minute's work at most, of the wave that is computed and the one that is written. Known once the first waves are
 * computed; until then, and where a batch for each task takes longer, a wave is one batch for each task.
 */
final class WavePace {
    private static final Duration TARGET = Duration.ofSeconds(30);
    /** So that one wave that happened to be fast does not make the next one last for minutes. */
    private static final int GROWTH = 4;

    private final LongSupplier nanoTime;
    private final int overlap;
    private final Deque<Computed> recent = new ArrayDeque<>();
    private long largest;

    /** @param images computed since the wave before was */
    private record Computed(long nanos, long images) {}

    /**
     * @param nanoTime the clock, such as {@code System::nanoTime}
     * @param overlap waves that are computed side by side: their ends say nothing one by one
     */
    WavePace(LongSupplier nanoTime, int overlap) {
        this.nanoTime = nanoTime;
        this.overlap = overlap;
        recent.add(new Computed(nanoTime.getAsLong(), 0));
    }

    /** A wave has been computed. */
    synchronized void computed(long images) {
        recent.add(new Computed(nanoTime.getAsLong(), images));
        if (recent.size() > overlap + 1) {
            recent.remove();
        }
        largest = Math.max(largest, images);
    }

    /** Images of half a minute, as fast as the last waves were; 0 where none has been computed yet. */
    synchronized long images() {
        Computed since = recent.getFirst();
        double seconds = Math.max(1e-3, (recent.getLast().nanos() - since.nanos()) / 1e9);
        long images = recent.stream().skip(1).mapToLong(Computed::images).sum();
        return Math.min((long) (images / seconds * TARGET.toSeconds()), GROWTH * largest);
    }
}
