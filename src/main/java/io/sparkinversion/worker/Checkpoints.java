package io.sparkinversion.worker;

import io.sparkinversion.worker.StallWatch.Activity;
import io.sparkinversion.worker.WorkerHook.Point;
import java.time.Duration;

/** Told by a worker where it is: the process's {@link StallWatch} hears of it, and a test's hook may step in. */
final class Checkpoints {
    private final WorkerHook hook;
    private final StallWatch watch;
    private final Duration limit;

    /** @param limit how long nothing may happen while work is going on */
    Checkpoints(WorkerHook hook, StallWatch watch, Duration limit) {
        this.hook = hook;
        this.watch = watch;
        this.limit = limit;
    }

    /** Work that is watched. */
    @FunctionalInterface
    interface Work<T, E extends Exception> {
        T run() throws E;
    }

    /** @param subject see {@link WorkerHook#reached} */
    void reached(Point point, String subject) {
        watch.progress();
        hook.reached(point, subject);
    }

    /** @param what is done to what, for the message should it never end */
    <T, E extends Exception> T during(String what, Work<T, E> work) throws E {
        Activity activity = watch.begin(what, limit);
        try {
            return work.run();
        } finally {
            watch.end(activity);
        }
    }
}
