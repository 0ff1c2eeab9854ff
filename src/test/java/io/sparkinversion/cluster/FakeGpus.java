package io.sparkinversion.cluster;

import ai.djl.Device;
import io.sparkinversion.engine.Engine;
import io.sparkinversion.worker.EngineRegistry.Loader;
import io.sparkinversion.worker.WorkerHook;
import io.sparkinversion.worker.WorkerSettings;
import java.time.Duration;

/**
 * Makes the GPUs that Spark assigns out of nothing.
 *
 * @param gpuCount of each host
 * @param evaluation how long each of the UNet takes; null for the real model, on the CPU
 */
record FakeGpus(int gpuCount, Duration evaluation) implements WorkerHook {
    private static final long serialVersionUID = 1L;

    @Override
    public Engine load(WorkerSettings settings, Device device, Loader shipped) {
        return evaluation == null
                ? shipped.load(settings, Device.cpu())
                : new FixedCostEngine("gpu:" + device.getDeviceId(), evaluation, () -> {});
    }
}
