package io.sparkinversion.platform;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How fast a device is at the moment: the time of one product of two square matrices in float32, by libtorch. Beside a
 * busy process the same product takes longer, as all arithmetic does there, so a time divided by it is comparable
 * between a quiet and a busy machine. Many threads may ask.
 */
public final class Calibration {
    /** 0.27 GFLOP on a CPU, 137 on a GPU, which needs more to be busy. */
    private static final int CPU_SIDE = 512;

    private static final int GPU_SIDE = 4096;

    /** Measured for so long, */
    private static final long LEAST = TimeUnit.MILLISECONDS.toNanos(25);

    /** and not again before so much time has passed. */
    private static final long FRESH = TimeUnit.SECONDS.toNanos(1);

    private final Device device;
    private volatile @Nullable Measured last;

    public Calibration(Device device) {
        this.device = device;
    }

    private record Measured(double seconds, long when) {}

    /**
     * Seconds of one product: processor time of the calling thread on a CPU, elapsed time on a GPU. At most a second
     * old.
     *
     * @param scope on the device
     */
    public double seconds(NDManager scope) {
        Measured known = last;
        if (known != null && System.nanoTime() - known.when() < FRESH) {
            return known.seconds();
        }
        double seconds = measure(scope);
        last = new Measured(seconds, System.nanoTime());
        return seconds;
    }

    private double measure(NDManager scope) {
        int side = device.isGpu() ? GPU_SIDE : CPU_SIDE;
        NDArray matrix = scope.ones(new Shape(side, side));
        product(matrix);
        Stopwatch watch = Stopwatch.start(device.isGpu() ? "gpu" : "cpu");
        int products = 0;
        while (watch.elapsed() < LEAST) {
            product(matrix);
            products++;
        }
        return watch.deviceSeconds() / products;
    }

    private static void product(NDArray matrix) {
        try (NDArray product = matrix.matMul(matrix);
                NDArray one = product.get(0, 0)) {
            // Reading a value waits for a GPU.
            one.getFloat();
        }
    }
}
