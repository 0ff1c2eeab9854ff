package io.sparkinversion.job;

import io.sparkinversion.UserException;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.output.StorageException;
import io.sparkinversion.output.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.apache.spark.SparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a plan's waves, three at a time: while one is written, the next is computed, and another is ready for executors
 * that are free before its last tasks have ended.
 */
public final class Waves {
    static final int OVERLAP = 3;

    private static final Logger LOGGER = LoggerFactory.getLogger(Waves.class);

    private static final int LONGEST_REASON = 500;
    private static final Pattern USERS =
            Pattern.compile("io\\.sparkinversion\\.[\\w.$]*(?:UserException|DeviceException|JobException): ");
    /** What an interrupted run takes at most to commit the waves whose images are computed. */
    private static final long LONGEST_COMMIT_SECONDS = 60;

    private final SparkContext spark;
    private final OutputDirectory output;
    private final WaveWriter writer;
    private final Runnable committed;
    private final WavePace pace;
    private final Set<Wave> computing = ConcurrentHashMap.newKeySet();
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicLong images = new AtomicLong();
    private final String id = UUID.randomUUID().toString();
    private volatile boolean stopped;
    private volatile boolean joining = true;

    /**
     * @param committed called after each wave, on the thread that ran it
     * @param pace sizes the waves; null where they are as planned
     */
    Waves(SparkContext spark, OutputDirectory output, WaveWriter writer, Runnable committed, WavePace pace) {
        this.spark = spark;
        this.output = output;
        this.writer = writer;
        this.committed = committed;
        this.pace = pace;
    }

    /**
     * Returns when all waves are committed.
     *
     * @throws JobException if one fails; those beside it are finished, no other is begun
     * @throws StorageException likewise, where it could not be written
     * @throws RunInterrupted if this thread is interrupted; waves whose images are computed are committed before
     */
    void run(WavePlan plan) {
        ExecutorService threads = Executors.newFixedThreadPool(OVERLAP, task -> {
            Thread thread = new Thread(task, "wave");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<?>> running = new ArrayList<>();
            WaveQueue queue = pace == null
                    ? WaveQueue.asPlanned(plan.waves())
                    : WaveQueue.joined(plan.waves(), () -> Math.max(writer.atOnce(), pace.images()));
            String ofAll = pace == null ? " of " + plan.waves().size() : "";
            Compaction compaction = Compaction.of(plan);
            for (int i = 0; i < OVERLAP; i++) {
                running.add(threads.submit(() -> runAll(queue, ofAll, compaction)));
            }
            try {
                await(running);
            } catch (InterruptedException e) {
                stopped = true;
                computing.forEach(wave -> spark.cancelJobGroupAndFutureJobs(group(wave), "the run was interrupted"));
                awaitCommits(running);
                Thread.currentThread().interrupt();
                throw new RunInterrupted(plan.reused() + images.get(), plan.total(), e);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private void runAll(WaveQueue queue, String ofAll, Compaction compaction) {
        for (Wave wave = queue.next(); wave != null && !stopped; wave = queue.next()) {
            runOne(wave, "wave " + begun.incrementAndGet() + ofAll);
            if (wave.isNew()) {
                joinWithOthers(wave, compaction);
            }
        }
    }

    /** Where joining fails, as copies need room on the disk, waves stay as they are, and no others are joined. */
    private void joinWithOthers(Wave wave, Compaction compaction) {
        Wave open = null;
        try {
            Wave due = joining && writer.isSmall(wave) ? compaction.committed(wave, 0) : null;
            for (int age = 1; due != null && !stopped; age++) {
                String name = "join " + due.replaces().size() + " waves";
                open = due;
                computing.add(open);
                spark.setJobGroup(group(open), name, true);
                writer.join(open, name);
                computing.remove(open);
                open = null;
                due = writer.isSmall(due) ? compaction.committed(due, age) : null;
            }
        } catch (Exception e) {
            // Of the user where the output is another run's by now.
            if (open != null && e instanceof UserException) {
                stopped = true;
                throw failure(open, "joining waves", e);
            }
            joining = false;
            if (!stopped) {
                LOGGER.warn("waves are not joined any more: {}", reason(e));
            }
            if (!stopped && open != null) {
                writer.forget(open);
            }
        } finally {
            if (open != null) {
                computing.remove(open);
            }
            spark.clearJobGroup();
        }
    }

    private void runOne(Wave wave, String name) {
        spark.setJobGroup(group(wave), name, true);
        computing.add(wave);
        try {
            if (stopped) {
                // An interruption cancels those that it sees.
                return;
            }
            writer.write(wave, name, () -> {
                computing.remove(wave);
                if (pace != null) {
                    pace.computed(wave.images());
                }
            });
            images.addAndGet(wave.images());
            committed.run();
        } catch (Exception | Error e) {
            stopped = true;
            throw failure(wave, name, e);
        } finally {
            computing.remove(wave);
            spark.clearJobGroup();
        }
    }

    private UserException failure(Wave wave, String name, Throwable cause) {
        String what = name + " (" + output.path(Table.METRICS, wave.number()) + ") failed: ";
        String storage = StorageException.reason(cause);
        if (storage != null) {
            return new StorageException(
                    what + storage + "; finished waves are kept: make room, or make it writable, and the same command"
                            + " goes on from there",
                    cause);
        }
        // What the user gave will be as wrong the next time.
        String first = isOfUser(cause) ? ": correct this, and" : ",";
        return new JobException(
                what + reason(cause) + "; finished waves are kept" + first + " the same command goes on from there",
                cause);
    }

    /** Whether settings or files are at fault. Of an exception in another process there is nothing but Spark's text. */
    private static boolean isOfUser(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause() == each ? null : each.getCause()) {
            if (each instanceof UserException
                    || USERS.matcher(String.valueOf(each.getMessage())).find()) {
                return true;
            }
        }
        return false;
    }

    /** Waits for the waves that are being written; another interruption changes nothing, as nothing else runs. */
    private static void awaitCommits(List<Future<?>> running) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_COMMIT_SECONDS);
        for (Future<?> thread : running) {
            while (!thread.isDone() && System.nanoTime() < deadline) {
                try {
                    thread.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    Thread.interrupted();
                } catch (ExecutionException | TimeoutException e) {
                    break;
                }
            }
        }
    }

    /** Waits for all of them and throws the first failure, with the others suppressed. */
    private static void await(List<Future<?>> running) throws InterruptedException {
        RuntimeException failure = null;
        for (Future<?> wave : running) {
            try {
                wave.get();
            } catch (ExecutionException e) {
                RuntimeException cause = e.getCause() instanceof RuntimeException runtime
                        ? runtime
                        : new JobException("a wave ended with " + e.getCause(), e.getCause());
                if (failure == null) {
                    failure = cause;
                } else {
                    failure.addSuppressed(cause);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Of this run alone: a group that was cancelled stays so. */
    private String group(Wave wave) {
        return "spark-inversion " + id + " " + OutputDirectory.waveName(wave.number());
    }

    /** The first line of the innermost message, where Spark's own wrapping ends. */
    private static String reason(Throwable error) {
        Throwable innermost = error;
        while (innermost.getCause() != null && innermost.getCause() != innermost) {
            innermost = innermost.getCause();
        }
        String message =
                String.valueOf(innermost.getMessage()).lines().findFirst().orElse("");
        String reason = innermost.getClass().getSimpleName() + ": " + message;
        return reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON) + "...";
    }
}
