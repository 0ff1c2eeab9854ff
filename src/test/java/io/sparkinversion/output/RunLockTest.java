package io.sparkinversion.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.output.RunLock.Attempt;
import io.sparkinversion.output.RunLock.Holder;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunLockTest {
    private static final Instant NOW = Instant.parse("2030-01-01T12:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

    @TempDir
    Path folder;

    private OutputDirectory output;

    @BeforeEach
    void open() throws IOException {
        output = new OutputDirectory(folder.toUri().toString(), new Configuration());
    }

    @Test
    void holdsTheDirectoryUntilClosed() throws IOException {
        try (RunLock lock = RunLock.acquire(output, CLOCK)) {
            lock.verify();
            assertThat(holder().pid()).isEqualTo(ProcessHandle.current().pid());
            assertThatThrownBy(() -> RunLock.acquire(output, CLOCK)).isInstanceOf(JobException.class);
            lock.verify();
        }
        assertThat(output.read(RunLock.file(output))).isNull();
        RunLock.acquire(output, CLOCK).close();
    }

    @Test
    void refusesWhileAnotherHostGivesSignsOfLife() throws IOException {
        write(new Holder(
                "other",
                "far-away",
                7,
                "2030-01-01T09:00:00Z",
                NOW.minusSeconds(119).toString(),
                null));

        assertThatThrownBy(() -> RunLock.acquire(output, CLOCK))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("process 7 on far-away, started 2030-01-01T09:00:00Z, "
                        + "last seen 2030-01-01T11:58:01Z; wait for it, or choose another --output");
        assertThat(holder().token()).isEqualTo("other");
    }

    @Test
    void takesOverWhereAnotherHostHasGoneSilent() throws IOException {
        write(new Holder(
                "other",
                "far-away",
                7,
                "2030-01-01T09:00:00Z",
                NOW.minusSeconds(121).toString(),
                null));

        try (RunLock lock = RunLock.acquire(output, CLOCK)) {
            lock.verify();
            assertThat(holder().token()).isNotEqualTo("other");
        }
    }

    @Test
    void takesOverAtOnceWhereTheProcessIsDeadOnThisHost() throws IOException {
        String host = InetAddress.getLocalHost().getHostName();
        write(new Holder("other", host, Integer.MAX_VALUE, NOW.toString(), NOW.toString(), null));

        try (RunLock lock = RunLock.acquire(output, CLOCK)) {
            lock.verify();
        }
    }

    @Test
    void refusesAFreshLockThatIsJustBeingRewritten() throws IOException {
        output.write(RunLock.file(output), "{\"token\"");
        Clock atThatMoment = Clock.fixed(Instant.ofEpochMilli(output.modified(RunLock.file(output))), ZoneOffset.UTC);

        assertThatThrownBy(() -> RunLock.acquire(output, atThatMoment))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("a run that is just starting or refreshing its lock");
        RunLock.acquire(output, Clock.offset(atThatMoment, Duration.ofMinutes(3)))
                .close();
    }

    @Test
    void noticesThatItWasTakenOverAndLeavesTheOthersLockAlone() throws IOException {
        try (RunLock lock = RunLock.acquire(output, CLOCK)) {
            write(new Holder("other", "far-away", 7, NOW.toString(), NOW.toString(), null));

            assertThatThrownBy(lock::verify)
                    .isInstanceOf(JobException.class)
                    .hasMessageContaining("lost the lock of ")
                    .hasMessageContaining(" to process 7 on far-away; this run stops");
        }
        assertThat(holder().token()).isEqualTo("other");
    }

    @Test
    void theNextAttemptOfAnApplicationTakesOverAtOnce() throws IOException {
        write(held(new Attempt("application_1", 1)));

        try (RunLock lock = RunLock.acquire(output, CLOCK, new Attempt("application_1", 2))) {
            lock.verify();
            assertThat(holder().attempt()).isEqualTo(new Attempt("application_1", 2));
        }
    }

    @ParameterizedTest
    @CsvSource({"application_1, 2", "application_1, 3", "application_2, 1", ","})
    void noOtherAttemptDoes(String application, Integer number) throws IOException {
        Attempt there = application == null ? null : new Attempt(application, number);
        write(held(there));

        assertThatThrownBy(() -> RunLock.acquire(output, CLOCK, new Attempt("application_1", 2)))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("another run works on ");
        assertThat(holder().attempt()).isEqualTo(there);
    }

    @Test
    void readsTheLockOfAnEarlierVersionThatKnewNoAttempts() throws IOException {
        String text = Json.write(held(null)).replaceFirst(",\\s*\"attempt\" : null", "");
        assertThat(text).doesNotContain("attempt");
        output.write(RunLock.file(output), text);

        assertThatThrownBy(() -> RunLock.acquire(output, CLOCK, new Attempt("application_1", 2)))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("process 7 on far-away");
    }

    private static Holder held(Attempt attempt) {
        return new Holder("other", "far-away", 7, NOW.toString(), NOW.toString(), attempt);
    }

    private void write(Holder holder) throws IOException {
        output.write(RunLock.file(output), Json.write(holder));
    }

    private Holder holder() throws IOException {
        return Json.read(output.read(RunLock.file(output)), Holder.class);
    }
}
