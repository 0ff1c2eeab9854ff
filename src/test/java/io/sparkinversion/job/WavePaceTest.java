package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WavePaceTest {
    private long seconds = 1_000;
    private final WavePace pace = new WavePace(() -> TimeUnit.SECONDS.toNanos(seconds), 3);

    private void computed(long images, long after) {
        seconds += after;
        pace.computed(images);
    }

    @Test
    void nothingIsKnownBeforeTheFirstWave() {
        assertThat(pace.images()).isZero();
    }

    @Test
    void aWaveIsHalfAMinuteOfTheLastThree() {
        computed(16, 20);
        assertThat(pace.images()).as("16 in 20 s").isEqualTo(24);
        computed(16, 8);
        computed(16, 8);
        computed(16, 8);
        assertThat(pace.images())
                .as("48 in 24 s, without the first, which waited for the model")
                .isEqualTo(60);
    }

    /** Waves side by side may end together, whatever each took. */
    @Test
    void wavesThatEndTogetherAreNotTakenForFastOnes() {
        computed(60, 30);
        computed(60, 30);
        computed(60, 30);
        computed(60, 60);
        computed(60, 0);
        assertThat(pace.images()).as("180 in 90 s").isEqualTo(60);
    }

    @Test
    void oneFastWaveDoesNotMakeTheNextOneLong() {
        computed(8, 0);
        assertThat(pace.images()).isEqualTo(32);
    }

    @Test
    void piecesAreJoinedAsFarAsThePaceAllowsAndReplacementsStayAlone() {
        WaveQueue queue = WaveQueue.joined(
                IntStream.range(0, 10)
                        .mapToObj(i -> new Wave(
                                i,
                                8,
                                0,
                                new TreeSet<>(IntStream.range(9, i + 1).boxed().toList())))
                        .toList(),
                () -> Math.max(1, pace.images()));
        assertThat(queue.next()).as("no wave is less than a piece").isEqualTo(new Wave(0, 8, 0, new TreeSet<>()));
        computed(8, 10);
        assertThat(queue.next()).isEqualTo(new Wave(1, 3, 24, 0, new TreeSet<>()));
        computed(24, 10);
        computed(24, 10);
        computed(24, 10);
        assertThat(queue.next()).isEqualTo(new Wave(4, 8, 40, 0, new TreeSet<>()));
        assertThat(queue.next().replaces()).containsExactly(9);
        assertThat(queue.next()).isNull();
    }
}
