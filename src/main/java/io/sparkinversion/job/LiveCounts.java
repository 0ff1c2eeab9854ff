package io.sparkinversion.job;

import io.sparkinversion.job.Progress.Counts;
import io.sparkinversion.worker.ImageOutcome;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
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
 * With a local master, which sends no heartbeats, the tasks run in this process and count here.
 */
final class LiveCounts extends SparkListener implements Supplier<Counts>, AutoCloseable {
    private static final Counts NOTHING = new Counts(0, 0, 0, 0);
    /** By the run's id; empty in an executor's process. */
    private static final Map<Long, LiveCounts> OF_THIS_PROCESS = new ConcurrentHashMap<>();

    private final SparkContext spark;
    private final SparkMonitor monitor;
    private final Map<Long, Counts> runningTasks = new ConcurrentHashMap<>();
    private final AtomicReference<Counts> here = new AtomicReference<>(NOTHING);
    private Counts most = NOTHING;

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
    static void imageDone(long runId, ImageOutcome outcome) {
        add(runId, new Counts(1, outcome.failed() ? 1 : 0, 0, outcome.evaluations()));
    }

    /** Likewise, that has begun to evaluate the UNet on a batch. */
    static void evaluating(long runId, int batch) {
        add(runId, new Counts(0, 0, batch, 0));
    }

    private static void add(long runId, Counts more) {
        LiveCounts counts = OF_THIS_PROCESS.get(runId);
        if (counts != null) {
            counts.here.accumulateAndGet(more, Counts::plus);
        }
    }

    @Override
    public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
        CollectionConverters.asJava(update.accumUpdates()).forEach(task -> {
            Map<String, Long> values = new HashMap<>();
            for (AccumulableInfo info : CollectionConverters.asJava(task._4())) {
                values.put(info.name().getOrElse(() -> ""), value(info));
            }
            Counts counts = new Counts(
                    values.getOrDefault(SparkMonitor.IMAGES, 0L),
                    values.getOrDefault(SparkMonitor.FAILED, 0L),
                    values.getOrDefault(SparkMonitor.BEGUN, 0L),
                    values.getOrDefault(SparkMonitor.EVALUATIONS, 0L));
            if (!counts.equals(NOTHING)) {
                runningTasks.put((Long) task._1(), counts);
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
        Counts now = new Counts(monitor.images(), monitor.failed(), monitor.begun(), monitor.evaluations());
        for (Counts task : runningTasks.values()) {
            now = now.plus(task);
        }
        most = most.most(now).most(here.get());
        return most;
    }

    private static long value(AccumulableInfo info) {
        Object update = info.update().getOrElse(() -> null);
        return update instanceof Number number ? number.longValue() : 0;
    }
}
