package io.sparkinversion.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Gives a soak's command again and again until it ends well, as whoever wants the result would. */
final class SoakDrivers implements AutoCloseable {
    /** 128 and the number of the signal that nothing can catch. */
    private static final int KILLED = 137;

    private final SoakBench bench;
    private final List<Ended> ended = new ArrayList<>();
    private volatile Process current;

    SoakDrivers(SoakBench bench) {
        this.bench = bench;
        // Should the tests end before it is closed.
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "end the soak's driver"));
    }

    /**
     * A driver that has ended.
     *
     * @param exitCode 0 for the last
     * @param reason what it said; empty where it was killed
     */
    record Ended(int number, int exitCode, Duration time, String reason) {
        boolean killed() {
            return exitCode == KILLED;
        }

        /** Whether it ended otherwise than a command does that can say what is wrong. */
        boolean unexplained() {
            return exitCode != 0 && exitCode != SoakDriver.EXPLAINED && !killed();
        }

        @Override
        public String toString() {
            return "driver " + number + ": exit code " + exitCode + " after " + time.toSeconds() + " s"
                    + (reason.isEmpty() ? "" : ": " + reason);
        }
    }

    /** The driver that runs, or has just ended. */
    Process current() {
        return current;
    }

    /** Starts the first one. */
    void start() {
        current = bench.startDriver(log());
    }

    /** Returns when one has ended well, or all the time is over. */
    void await(Duration time) throws InterruptedException {
        long deadline = System.nanoTime() + time.toNanos();
        long begun = System.nanoTime();
        while (true) {
            if (!current.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                current.destroyForcibly();
                throw new AssertionError("the run has not ended after " + time.toMinutes() + " minutes; " + ended);
            }
            Ended one = new Ended(
                    ended.size(), current.exitValue(), Duration.ofNanos(System.nanoTime() - begun), reason(log()));
            ended.add(one);
            System.out.println(one);
            if (one.exitCode() == 0) {
                return;
            }
            begun = System.nanoTime();
            current = bench.startDriver(log());
        }
    }

    List<Ended> ended() {
        return ended;
    }

    @Override
    public void close() {
        Process last = current;
        if (last != null) {
            last.destroyForcibly();
        }
    }

    private Path log() {
        return bench.folder().resolve("driver-%03d.log".formatted(ended.size()));
    }

    private static String reason(Path log) {
        try {
            return Files.readAllLines(log).stream()
                    .filter(line -> line.startsWith("error: "))
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
