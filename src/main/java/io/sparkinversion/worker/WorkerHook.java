package io.sparkinversion.worker;

import ai.djl.Device;
import io.sparkinversion.engine.Engine;
import io.sparkinversion.engine.TorchRuntime;
import io.sparkinversion.platform.Platform;
import io.sparkinversion.worker.EngineRegistry.Loader;
import java.io.Serializable;

/**
 * Where tests reach into the executors of a run: they learn of each piece of work before it begins and may throw, wait
 * or end the process there, and they may say which GPUs there are and what is loaded onto them. Runs as shipped have
 * {@link #NONE}.
 */
public interface WorkerHook extends Serializable {
    /** Changes nothing. */
    WorkerHook NONE = new WorkerHook() {
        private static final long serialVersionUID = 1L;
    };

    /** What is about to begin. */
    enum Point {
        /** A model is loaded. */
        MODEL,
        /** An image's file is read. */
        LOAD,
        /** Its bytes are decoded. */
        DECODE,
        /** The UNet is evaluated on a batch. */
        EVALUATION,
        /** What the engine made of an image is measured and encoded. */
        METRICS
    }

    /**
     * Called on the thread that does the work.
     *
     * @param subject the image's id; the device for {@link Point#MODEL} and {@link Point#EVALUATION}
     */
    default void reached(Point point, String subject) {}

    /** GPUs that this process sees. */
    default int gpuCount() {
        return TorchRuntime.gpuCount();
    }

    /** The kernels of a device, which engines check before they use them. */
    default Platform platform(Device device) {
        return Platform.of(device);
    }

    /**
     * The engine for a device.
     *
     * @param shipped loads the model
     */
    default Engine load(WorkerSettings settings, Device device, Loader shipped) {
        return shipped.load(settings, device);
    }
}
