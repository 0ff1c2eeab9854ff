package io.sparkinversion.job;

import io.sparkinversion.job.Progress.Counts;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.jdk.javaapi.CollectionConverters;

/**
 * How far a run is. Accumulators move when a task ends, which may take minutes; between two ends executors report what
 * their tasks have counted so far with every heartbeat ({@code spark.executor.heartbeatInterval}), and this adds it.
 * With a local master, which sends no heartbeats, the tasks run in this process and count each image here.
 */
final class LiveCounts extends SparkListener implements Supplier<Counts>, AutoCloseable {
    /** By the run's id; empty in an executor's process. */
    private static final Map<Long, LiveCounts> OF_THIS_PROCESS = new ConcurrentHashMap<>();

    private final SparkContext spark;
    private final SparkMonitor monitor;
    private final Map<Long, Counts> runningTasks = new ConcurrentHashMap<>();
    private final LongAdder doneHere = new LongAdder();
    private final LongAdder failedHere = new LongAdder();
    private long done;
    private long failed;

    /** Counts until {@link #close}. */
    LiveCounts(SparkContext spark, SparkMonitor monitor) {
        this.spark = spark;
        this.monitor = monitor;
        OF_THIS_PROCESS.put(monitor.runId(), this);
        spark.addSparkListener(this);
    }

    @Override
    public void close() {
        spark.removeSparkListener(this);
        OF_THIS_PROCESS.remove(monitor.runId());
    }

    /**
     * What a task says that has got another image done, wherever it runs.
     *
     * @param runId {@link SparkMonitor#runId()}, which is the same in the driver and in every task
     */
    static void imageDone(long runId, boolean hasFailed) {
        LiveCounts counts = OF_THIS_PROCESS.get(runId);
        if (counts != null) {
            counts.doneHere.increment();
            if (hasFailed) {
                counts.failedHere.increment();
            }
        }
    }

    @Override
    public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
        CollectionConverters.asJava(update.accumUpdates()).forEach(task -> {
            long images = 0;
            long bad = 0;
            for (AccumulableInfo info : CollectionConverters.asJava(task._4())) {
                String name = info.name().getOrElse(() -> "");
                if (name.equals(SparkMonitor.IMAGES)) {
                    images = value(info);
                } else if (name.equals(SparkMonitor.FAILED)) {
                    bad = value(info);
                }
            }
            if (images > 0) {
                runningTasks.put((Long) task._1(), new Counts(images, bad));
            }
        });
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        runningTasks.remove(end.taskInfo().taskId());
    }

    /** Never less than before: a task that ends between the two sums would otherwise make the count jump back. */
    @Override
    public synchronized Counts get() {
        long nowDone = monitor.images();
        long nowFailed = monitor.failed();
        for (Counts task : runningTasks.values()) {
            nowDone += task.done();
            nowFailed += task.failed();
        }
        done = Math.max(done, Math.max(nowDone, doneHere.sum()));
        failed = Math.max(failed, Math.max(nowFailed, failedHere.sum()));
        return new Counts(done, failed);
    }

    private static long value(AccumulableInfo info) {
        Object update = info.update().getOrElse(() -> null);
        return update instanceof Number number ? number.longValue() : 0;
    }
}
