package io.sparkinversion.worker;

import java.util.function.Supplier;

/**
 * Tells a task's monitor of each evaluation of the UNet as it begins. The engine serves several tasks and knows none of
 * them: what counts is whose thread it computes on.
 */
final class Evaluations {
    private static final ThreadLocal<WorkerMonitor> MONITOR = new ThreadLocal<>();

    private Evaluations() {}

    /** Computes; the monitor hears of the evaluations that this thread begins meanwhile. */
    static <T> T toldTo(WorkerMonitor monitor, Supplier<T> computation) {
        MONITOR.set(monitor);
        try {
            return computation.get();
        } finally {
            MONITOR.remove();
        }
    }

    /** To be called on the thread that computes; nothing where no task does, as while an engine warms up. */
    static void begin(int images) {
        WorkerMonitor monitor = MONITOR.get();
        if (monitor != null) {
            monitor.evaluating(images);
        }
    }
}
