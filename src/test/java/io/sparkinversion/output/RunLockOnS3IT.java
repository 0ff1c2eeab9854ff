package io.sparkinversion.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.cluster.S3Server;
import io.sparkinversion.cluster.S3Settings;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.output.RunLock.Holder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class RunLockOnS3IT {
    private static final Instant NOW = Instant.now();
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final int RUNS = 4;

    @TempDir
    private static Path bucket;

    private static S3Server server;
    private static Configuration configuration;

    private String key;
    private OutputDirectory output;

    @BeforeAll
    static void start() {
        server = S3Server.start(bucket);
        configuration = S3Settings.hadoop(server);
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @BeforeEach
    void open(TestInfo test) throws IOException {
        key = test.getTestMethod().orElseThrow().getName();
        output = new OutputDirectory(server.address(key), configuration);
    }

    @AfterEach
    void recover() {
        server.recovers();
    }

    private void write(String token, Instant heartbeat) {
        Holder holder = new Holder(token, "far-away", 7, NOW.toString(), heartbeat.toString(), null);
        server.put(key + "/_lock.json", Json.write(holder));
    }

    private String content() {
        return server.text(key + "/_lock.json");
    }

    @Test
    void holdsTheDirectoryUntilClosed() throws IOException {
        try (RunLock lock = RunLock.acquire(output, CLOCK)) {
            assertThatThrownBy(() -> RunLock.acquire(output, CLOCK))
                    .isInstanceOf(JobException.class)
                    .hasMessageStartingWith("another run works on " + server.address(key) + ": process "
                            + ProcessHandle.current().pid() + " on ");
            lock.verify();
        }
        assertThat(server.keys(key + "/_lock")).isEmpty();
        RunLock.acquire(output, CLOCK).close();
    }

    @Test
    void oneOfSeveralThatStartAtOnceGetsIt() throws Exception {
        for (int round = 0; round < 3; round++) {
            List<RunLock> acquired = contend();
            assertThat(acquired).hasSize(1);
            acquired.get(0).verify();
            acquired.get(0).close();
        }
    }

    /** S3Proxy looks at If-Match before it writes and not while, so two may take it here; one loses it again. */
    @Test
    void oneOfSeveralKeepsAnAbandonedLock() throws Exception {
        for (int round = 0; round < 3; round++) {
            write("abandoned", NOW.minusSeconds(121));
            List<RunLock> acquired = contend();
            assertThat(acquired).filteredOn(RunLockOnS3IT::isHeld).hasSize(1);
            for (RunLock lock : acquired) {
                lock.close();
            }
        }
    }

    private static boolean isHeld(RunLock lock) {
        try {
            lock.verify();
            return true;
        } catch (JobException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The locks of those who believe that they have it, after all have tried. */
    private List<RunLock> contend() throws Exception {
        CyclicBarrier together = new CyclicBarrier(RUNS);
        ExecutorService threads = Executors.newFixedThreadPool(RUNS);
        Callable<RunLock> acquire = () -> {
            together.await();
            try {
                return RunLock.acquire(output, CLOCK);
            } catch (JobException e) {
                return null;
            }
        };
        try {
            List<RunLock> acquired = new ArrayList<>();
            for (Future<RunLock> future : threads.invokeAll(Collections.nCopies(RUNS, acquire))) {
                if (future.get() != null) {
                    acquired.add(future.get());
                }
            }
            return acquired;
        } finally {
            threads.shutdownNow();
        }
    }

    /** Between a client's look for a file and the moment in which it appears there is time for another client. */
    @Test
    void aLockThatAppearsAfterTheLookIsNotOverwritten() throws IOException {
        SharedFile file = output.shared(RunLock.file(output));
        String version = file.version();
        write("other", NOW);

        assertThat(version).isNull();
        assertThatThrownBy(() -> file.create("mine"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("412");
        assertThat(content()).contains("\"other\"");

        String seen = file.version();
        write("a third", NOW);
        assertThatThrownBy(() -> file.replace(seen, "mine"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("412");
        assertThat(content()).contains("\"a third\"");
    }

    @Test
    void knowsItsOwnLockWhereTheAnswerToItsWriteWasLost() throws IOException {
        server.losesAnswers(1).on("PUT").forKeysLike("_lock.json");

        try (RunLock lock = RunLock.acquire(output, CLOCK)) {
            lock.verify();
        }
        assertThat(server.takeRequests())
                .filteredOn(("PUT /" + key + "/_lock.json")::equals)
                .hasSize(2);
    }

    @Test
    void takesALockOverWhoseHolderHasGoneSilent() throws IOException {
        write("silent", NOW.minusSeconds(121));

        try (RunLock lock = RunLock.acquire(output, CLOCK)) {
            lock.verify();
            assertThat(content()).doesNotContain("\"silent\"");
        }
    }

    @Test
    void stopsWhereAnotherRunHasTakenItsLock() throws IOException {
        try (RunLock lock = RunLock.acquire(output, CLOCK)) {
            write("other", NOW);
            assertThatThrownBy(lock::verify)
                    .isInstanceOf(JobException.class)
                    .hasMessage("lost the lock of " + server.address(key) + " to process 7 on far-away;"
                            + " this run stops so that nothing is written twice");
        }
        assertThat(content()).as("not this run's to delete").contains("\"other\"");
    }
}
