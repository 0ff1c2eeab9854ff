package io.sparkinversion.worker;

import ai.djl.engine.Engine;

/** libtorch in this process. */
final class TorchRuntime {
    static {
        // Without these DJL asks the network for updates and for the cloud it runs in.
        setDefault("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        // Tasks are the parallelism: one core each, as Spark counts them.
        setDefault("ai.djl.pytorch.num_threads", "1");
    }

    private TorchRuntime() {}

    private static void setDefault(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /** GPUs that libtorch can use; 0 with its CPU build. The first call loads libtorch. */
    static int gpuCount() {
        return Engine.getEngine("PyTorch").getGpuCount();
    }
}
