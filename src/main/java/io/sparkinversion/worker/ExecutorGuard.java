package io.sparkinversion.worker;

import io.sparkinversion.engine.EngineException;
import io.sparkinversion.engine.EngineException.Kind;
import java.util.Iterator;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * Ends the executor when its device is lost: no later task could use it, and Spark replaces it.
 *
 * @param outcomes what is guarded
 * @param end ends the process with an exit code, at once: with its device lost, an orderly end could hang
 */
record ExecutorGuard(Iterator<ImageOutcome> outcomes, IntConsumer end) implements Iterator<ImageOutcome> {
    /** What an executor exits with when its device is lost. */
    static final int DEVICE_LOST_EXIT_CODE = 86;

    @Override
    public boolean hasNext() {
        return guarded(outcomes::hasNext);
    }

    @Override
    public ImageOutcome next() {
        return guarded(outcomes::next);
    }

    private <T> T guarded(Supplier<T> work) {
        try {
            return work.get();
        } catch (EngineException e) {
            if (e.kind() == Kind.DEVICE_LOST) {
                System.err.println(
                        "The device context is lost; this executor ends so that Spark replaces it: " + e.getMessage());
                end.accept(DEVICE_LOST_EXIT_CODE);
            }
            throw e;
        }
    }
}
