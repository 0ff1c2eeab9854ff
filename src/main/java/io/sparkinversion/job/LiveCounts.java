package io.sparkinversion.job;

import io.sparkinversion.job.Progress.Counts;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.jdk.javaapi.CollectionConverters;

/**
 * How far a run is. Accumulators move when a task ends, which may take minutes; between two ends executors report what
 * their tasks have counted so far with every heartbeat ({@code spark.executor.heartbeatInterval}), and this adds it.
 */
final class LiveCounts extends SparkListener implements Supplier<Counts> {
    private final SparkMonitor monitor;
    private final Map<Long, Counts> runningTasks = new ConcurrentHashMap<>();
    private long done;
    private long failed;

    LiveCounts(SparkMonitor monitor) {
        this.monitor = monitor;
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
        done = Math.max(done, nowDone);
        failed = Math.max(failed, nowFailed);
        return new Counts(done, failed);
    }

    private static long value(AccumulableInfo info) {
        Object update = info.update().getOrElse(() -> null);
        return update instanceof Number number ? number.longValue() : 0;
    }
}
