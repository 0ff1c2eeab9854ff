package io.sparkinversion.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import io.sparkinversion.engine.PeakMemory.Watch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PeakMemoryTest {
    private final AtomicLong inUse = new AtomicLong(5);

    @Test
    void tellsTheMostSinceTheWatchBegan() {
        try (PeakMemory memory = PeakMemory.of(inUse::get);
                Watch early = memory.watch()) {
            inUse.set(9);
            assertThat(early.most()).isEqualTo(9);
            inUse.set(3);
            try (Watch late = memory.watch()) {
                assertThat(early.most()).isEqualTo(9);
                assertThat(late.most()).isEqualTo(3);
            }
        }
    }

    @Test
    void onTheCpuCountsWhatThisProcessHolds() {
        try (PeakMemory memory = PeakMemory.of(Device.cpu());
                Watch watch = memory.watch()) {
            assertThat(watch.most()).isBetween(10L << 20, 1L << 40);
        }
    }
}
