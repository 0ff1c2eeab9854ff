package io.sparkinversion.job;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.output.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.SparkContext;

/**
 * Runs a plan's waves, three at a time: while one is written, the next is computed, and another is ready for executors
 * that are free before its last tasks have ended.
 */
public final class Waves {
    private static final int OVERLAP = 3;
    private static final int LONGEST_REASON = 500;

    private final SparkContext spark;
    private final OutputDirectory output;
    private final WaveWriter writer;
    private final Runnable committed;
    private volatile boolean stopped;

    /** @param committed called after each wave, on the thread that ran it */
    Waves(SparkContext spark, OutputDirectory output, WaveWriter writer, Runnable committed) {
        this.spark = spark;
        this.output = output;
        this.writer = writer;
        this.committed = committed;
    }

    /**
     * Returns when all waves are committed.
     *
     * @throws JobException if one fails; those beside it are finished, no other is begun
     */
    void run(List<Wave> waves) {
        ExecutorService threads = Executors.newFixedThreadPool(OVERLAP, task -> {
            Thread thread = new Thread(task, "wave");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < waves.size(); i++) {
                Wave wave = waves.get(i);
                String name = "wave " + (i + 1) + " of " + waves.size();
                running.add(threads.submit(() -> runOne(wave, name)));
            }
            await(running);
        } catch (InterruptedException e) {
            stopped = true;
            waves.forEach(wave -> spark.cancelJobGroup(group(wave)));
            Thread.currentThread().interrupt();
            throw new JobException("interrupted; finished waves are kept, the same command goes on from there", e);
        } finally {
            threads.shutdownNow();
        }
    }

    private void runOne(Wave wave, String name) {
        if (stopped) {
            return;
        }
        spark.setJobGroup(group(wave), name, true);
        try {
            writer.write(wave, name);
            committed.run();
        } catch (Exception | Error e) {
            stopped = true;
            throw new JobException(
                    name + " (" + output.path(Table.METRICS, wave.number()) + ") failed: " + reason(e)
                            + "; finished waves are kept, the same command goes on from there",
                    e);
        } finally {
            spark.clearJobGroup();
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

    private static String group(Wave wave) {
        return "spark-inversion " + OutputDirectory.waveName(wave.number());
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
