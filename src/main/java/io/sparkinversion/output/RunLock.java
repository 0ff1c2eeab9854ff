package io.sparkinversion.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.PublicAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import scala.Option;

/**
 * {@code OUT/_lock.json}: one run at a time works on a directory. The holder refreshes the file; one that has not been
 * refreshed for two minutes, or whose process is dead on this host, is taken over. So is that of an earlier attempt of
 * the same application: YARN starts the next one when that is dead, or out of reach.
 *
 * <p>Of several runs that want the lock at once, one gets it: HDFS makes a new file for one only, and S3 decides by
 * conditional writes, also of who takes an abandoned lock over (see {@link SharedFile}). Elsewhere two that take over
 * the same lock within a moment may both believe that they have it, and so may a holder that was suspended for minutes.
 * Therefore the holder looks whether the lock is still its own before each commit.
 */
public final class RunLock implements AutoCloseable {
    private static final Duration STALE = Duration.ofMinutes(2);
    private static final long REFRESH_SECONDS = 20;

    private final OutputDirectory output;
    private final Path file;
    private final SharedFile shared;
    private final Clock clock;
    private final Holder self;
    private final ScheduledExecutorService refresher;
    private boolean closed;

    private RunLock(OutputDirectory output, Clock clock, Holder self) {
        this.output = output;
        this.file = file(output);
        this.shared = output.shared(file);
        this.clock = clock;
        this.self = self;
        this.refresher = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "refresh " + file.getName());
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * The file's content.
     *
     * @param token tells runs of one process apart
     * @param host where it runs
     * @param pid its process
     * @param started ISO-8601
     * @param heartbeat ISO-8601, when it last gave a sign of life
     * @param attempt which of its application's; null where Spark counts none
     */
    record Holder(String token, String host, long pid, String started, String heartbeat, Attempt attempt) {
        static Holder here(Clock clock, Attempt attempt) {
            String now = clock.instant().toString();
            return new Holder(
                    UUID.randomUUID().toString(),
                    hostName(),
                    ProcessHandle.current().pid(),
                    now,
                    now,
                    attempt);
        }

        Holder at(Instant time) {
            return new Holder(token, host, pid, started, time.toString(), attempt);
        }

        boolean deadOnThisHost() {
            return host.equals(hostName())
                    && !ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
        }

        private static String hostName() {
            try {
                return InetAddress.getLocalHost().getHostName();
            } catch (UnknownHostException e) {
                return "unknown";
            }
        }
    }

    /**
     * A cluster's attempt at running a driver, as YARN makes them in cluster mode.
     *
     * @param application its id
     * @param number 1 for the first
     */
    public record Attempt(String application, int number) {
        /** The driver's in this process; null where the cluster counts none. */
        public static Attempt of(SparkContext spark) {
            Option<String> number = spark.applicationAttemptId();
            return number.isEmpty() || !number.get().matches("\\d{1,9}")
                    ? null
                    : new Attempt(spark.applicationId(), Integer.parseInt(number.get()));
        }

        private boolean follows(Attempt other) {
            return other != null && application.equals(other.application) && number > other.number;
        }
    }

    /** There while a run works on the directory. */
    public static Path file(OutputDirectory output) {
        return output.path("_lock.json");
    }

    /** Of a driver that no cluster tries to start again. */
    static RunLock acquire(OutputDirectory output, Clock clock) throws IOException {
        return acquire(output, clock, null);
    }

    /**
     * @param attempt that this run is; may be null
     * @throws JobException if another run holds the directory
     */
    public static RunLock acquire(OutputDirectory output, Clock clock, Attempt attempt) throws IOException {
        RunLock lock = new RunLock(output, clock, Holder.here(clock, attempt));
        lock.take();
        lock.refresher.scheduleWithFixedDelay(lock::refresh, REFRESH_SECONDS, REFRESH_SECONDS, TimeUnit.SECONDS);
        return lock;
    }

    private void take() throws IOException {
        // Asked for before the content is read: what changes after that fails the replacement.
        String version = shared.version();
        boolean abandoned = refuseIfHeld();
        try {
            if (version != null) {
                shared.replace(version, Json.write(self));
            } else {
                // Where there are versions, a lock without one has appeared since: not this run's to delete.
                if (abandoned && !shared.hasVersions()) {
                    output.delete(file);
                }
                shared.create(Json.write(self));
            }
        } catch (IOException e) {
            requireTaken(e);
        }
        verify();
    }

    /** Another run was faster, or the answer to a write that succeeded was lost: the lock's content tells. */
    private void requireTaken(IOException failure) throws IOException {
        Holder holder = holder();
        if (holder == null || !holder.token().equals(self.token())) {
            refuseIfHeld();
            if (failure instanceof FileAlreadyExistsException) {
                throw new JobException(heldMessage("another run that started at the same moment"), failure);
            }
            throw failure;
        }
    }

    /** Whether there is a lock that nobody holds any more. */
    private boolean refuseIfHeld() throws IOException {
        Holder holder = holder();
        if (holder != null) {
            Instant seen = Instant.parse(holder.heartbeat());
            boolean over = self.attempt() != null && self.attempt().follows(holder.attempt());
            if (!over && !stale(seen) && !holder.deadOnThisHost()) {
                throw new JobException(heldMessage("process " + holder.pid() + " on " + holder.host() + ", started "
                        + holder.started() + ", last seen " + seen));
            }
            return true;
        }
        long modified = output.modified(file);
        if (!stale(Instant.ofEpochMilli(modified))) {
            // There, fresh, and not readable: the holder is just rewriting it.
            throw new JobException(heldMessage("a run that is just starting or refreshing its lock"));
        }
        return modified > 0;
    }

    private boolean stale(Instant seen) {
        return seen.plus(STALE).isBefore(clock.instant());
    }

    private String heldMessage(String who) {
        return "another run works on " + PublicAddress.of(output.root().toString()) + ": " + who
                + "; wait for it, or choose another --output. If it is dead, its lock lapses "
                + STALE.toMinutes() + " minutes after it was last seen (or delete " + file.getName() + ")";
    }

    /**
     * Called before each commit.
     *
     * @throws JobException if another run has taken the directory over, because this one was suspended for too long
     */
    public void verify() throws IOException {
        Holder holder = holder();
        if (holder == null || !holder.token().equals(self.token())) {
            throw new JobException("lost the lock of "
                    + PublicAddress.of(output.root().toString()) + " to "
                    + (holder == null ? "nobody (it was deleted)" : "process " + holder.pid() + " on " + holder.host())
                    + "; this run stops so that nothing is written twice");
        }
    }

    private void refresh() {
        try {
            String version = shared.version();
            verify();
            write(version, clock.instant());
        } catch (IOException | JobException e) {
            // Not this thread's to report: the next commit meets the same and stops the run.
        }
    }

    private synchronized void write(String version, Instant time) throws IOException {
        if (!closed && version != null) {
            shared.replace(version, Json.write(self.at(time)));
        } else if (!closed) {
            output.write(file, Json.write(self.at(time)));
        }
    }

    /** Null where there is no lock or it cannot be read at this moment. */
    private synchronized Holder holder() throws IOException {
        try {
            String text = shared.read();
            Holder holder = text == null ? null : Json.read(text, Holder.class);
            return holder == null || holder.heartbeat() == null || holder.host() == null ? null : holder;
        } catch (JsonProcessingException | ChecksumException e) {
            return null;
        }
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        refresher.shutdownNow();
        Holder holder = holder();
        if (holder != null && holder.token().equals(self.token())) {
            output.delete(file);
        }
    }
}
