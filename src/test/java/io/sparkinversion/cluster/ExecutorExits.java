package io.sparkinversion.cluster;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.apache.spark.TaskFailedReason;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** What Spark has seen go wrong. It tells a moment later than it happens. */
final class ExecutorExits extends SparkListener {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final List<String> removed = new CopyOnWriteArrayList<>();
    private final List<String> added = new CopyOnWriteArrayList<>();
    private final List<String> failures = new CopyOnWriteArrayList<>();

    @Override
    public void onExecutorAdded(SparkListenerExecutorAdded event) {
        added.add(event.executorId());
    }

    @Override
    public void onExecutorRemoved(SparkListenerExecutorRemoved event) {
        removed.add(event.reason());
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd event) {
        if (event.reason() instanceof TaskFailedReason reason) {
            failures.add(reason.toErrorString());
        }
    }

    /** Forgets what was. */
    void clear() {
        removed.clear();
        added.clear();
        failures.clear();
    }

    /** Returns when an executor is gone for a reason with this text. */
    void awaitExit(String reason) {
        await("executors that are gone", reason, removed);
    }

    /** Returns when a task has failed for a reason with this text. */
    void awaitFailure(String reason) {
        await("tasks that failed", reason, failures);
    }

    /** Returns when an executor has come. */
    void awaitReplacement() {
        await("executors that came", "", added);
    }

    private static void await(String what, String text, List<String> seen) {
        BooleanSupplier there = () -> seen.stream().anyMatch(each -> each.contains(text));
        if (!Polling.holdsWithin(PATIENCE, there)) {
            throw new AssertionError("waited for '" + text + "' among " + what + ": " + seen);
        }
    }
}
