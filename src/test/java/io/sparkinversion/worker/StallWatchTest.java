package io.sparkinversion.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.worker.StallWatch.Activity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StallWatchTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final AtomicLong clock = new AtomicLong(-5);
    private final List<String> reports = new ArrayList<>();
    private final StallWatch watch = new StallWatch(clock::get, reports::add);

    private void passSeconds(long seconds) {
        clock.addAndGet(Duration.ofSeconds(seconds).toNanos());
        watch.check();
    }

    @Test
    void workThatMakesNoProgressIsReportedWithAllThatIsUnderWay() {
        watch.begin("computing images a, b", LIMIT);
        passSeconds(7);
        watch.begin("reading image c", LIMIT);
        passSeconds(10);
        assertThat(reports).isEmpty();
        passSeconds(1);
        assertThat(reports)
                .containsExactly("Nothing has got any further for 11 s, so this process ends: a run on a"
                        + " cluster goes on with a new executor, a local one with the same command. Under way: computing"
                        + " images a, b (18 s); reading image c (11 s). Should this be slow rather than stuck, raise"
                        + " --stall-timeout.");
    }

    @Test
    void progressOfAnyWorkIsProgress() {
        watch.begin("waiting for its turn", LIMIT);
        for (int i = 0; i < 5; i++) {
            passSeconds(9);
            watch.progress();
        }
        Activity other = watch.begin("short", LIMIT);
        passSeconds(9);
        watch.end(other);
        passSeconds(9);
        assertThat(reports).isEmpty();
    }

    @Test
    void whereNothingIsUnderWayNothingHangs() {
        watch.end(watch.begin("done", LIMIT));
        passSeconds(1000);
        assertThat(reports).isEmpty();
    }

    @Test
    void workThatFailsIsNoLongerUnderWay() {
        Checkpoints checkpoints = new Checkpoints(WorkerHook.NONE, watch, LIMIT);
        assertThat(checkpoints.during("good", () -> 7)).isEqualTo(7);
        assertThatThrownBy(() -> checkpoints.during("bad", () -> {
                    throw new IllegalStateException("injected");
                }))
                .hasMessage("injected");
        passSeconds(1000);
        assertThat(reports).isEmpty();
    }
}
