package io.sparkinversion.cluster;

import ai.djl.Device;
import io.sparkinversion.engine.Engine;
import io.sparkinversion.worker.EngineRegistry.Loader;
import io.sparkinversion.worker.WorkerHook;
import io.sparkinversion.worker.WorkerSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Sets a {@link Trap} into executors.
 *
 * @param folder the trap's
 * @param gpuCount of each host; made out of nothing
 * @param realModel loads the model that the settings name, onto the CPU; else there is none
 */
record TrapHook(String folder, int gpuCount, boolean realModel) implements WorkerHook {
    private static final long serialVersionUID = 1L;

    @Override
    public void reached(Point point, String subject) {
        reached(new Trap(Path.of(folder)), point.name(), subject);
    }

    /** The same of a trap whose act is an exception that may not be declared. */
    static TrapAct reached(Trap trap, String place, String subject) {
        try {
            return trap.reached(place, subject);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /** Likewise of several; returns what the first did that was set to it. */
    static TrapAct reached(List<Trap> traps, String place, String subject) {
        for (Trap trap : traps) {
            TrapAct act = reached(trap, place, subject);
            if (act != null) {
                return act;
            }
        }
        return null;
    }

    @Override
    public Engine load(WorkerSettings settings, Device device, Loader shipped) {
        return realModel
                ? shipped.load(settings, Device.cpu())
                : new TrapEngine("gpu:" + device.getDeviceId(), new Trap(Path.of(folder)));
    }
}
