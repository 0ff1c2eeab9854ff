package io.sparkinversion.diffusion;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.torchscript.ScalarType;
import java.nio.file.Path;
import java.util.Random;

/** The model that comes with the code, on the CPU, and inputs for it. */
public final class EmbeddedModel {
    public static final Path FOLDER = Path.of("data-samples/models/emoji-ldm");

    private EmbeddedModel() {}

    public static StableDiffusion load() {
        return load(ScalarType.FLOAT32);
    }

    public static StableDiffusion load(ScalarType precision) {
        return StableDiffusion.load(new DiffusersFolder(FOLDER), Device.cpu(), precision);
    }

    /** Smooth values in [-1, 1], different in every row. */
    public static NDArray wave(NDManager owner, long... shape) {
        Shape wanted = new Shape(shape);
        try (NDManager scope = owner.newSubManager()) {
            NDArray index = scope.arange(Math.toIntExact(wanted.size())).toType(DataType.FLOAT32, false);
            NDArray wave =
                    index.mul(0.013f).sin().mul(index.mul(0.00071f).cos()).reshape(wanted);
            wave.attach(owner);
            return wave;
        }
    }

    /** A latent as noisy as z_T. */
    public static NDArray noise(NDManager owner, long... shape) {
        Shape wanted = new Shape(shape);
        Random random = new Random(11);
        float[] values = new float[Math.toIntExact(wanted.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return owner.create(values, wanted);
    }

    /** The largest absolute difference. */
    public static double distance(float[] a, float[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException(a.length + " and " + b.length + " values");
        }
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = Math.abs((double) a[i] - b[i]);
            // The order of the operands lets a NaN through.
            largest = difference <= largest ? largest : difference;
        }
        return largest;
    }

    public static double distance(NDArray a, NDArray b) {
        return distance(a.toFloatArray(), b.toFloatArray());
    }
}
