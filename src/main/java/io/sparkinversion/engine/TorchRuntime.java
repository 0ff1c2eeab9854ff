package io.sparkinversion.engine;

import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import com.sun.jna.NativeLibrary;
import com.sun.jna.ptr.IntByReference;
import io.sparkinversion.torchscript.LoadedLibraries;

/** libtorch in this process. */
public final class TorchRuntime {
    private static final String CUDA_RUNTIME = "libcudart[^/]*\\.so[^/]*";

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
    public static int gpuCount() {
        Engine torch = Engine.getEngine("PyTorch");
        if (!torch.hasCapability(StandardCapabilities.CUDA)) {
            return 0;
        }
        // DJL counts by the system's CUDA runtime and finds none where the only one is libtorch's own.
        return Math.max(
                torch.getGpuCount(),
                LoadedLibraries.find(CUDA_RUNTIME)
                        .map(TorchRuntime::deviceCount)
                        .orElse(0));
    }

    private static int deviceCount(String cudaRuntime) {
        IntByReference count = new IntByReference();
        int error = NativeLibrary.getInstance(cudaRuntime)
                .getFunction("cudaGetDeviceCount")
                .invokeInt(new Object[] {count});
        return error == 0 ? count.getValue() : 0;
    }
}
