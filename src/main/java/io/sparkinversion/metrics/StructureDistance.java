package io.sparkinversion.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.network.DinoVit;
import io.sparkinversion.network.NetworkConfig;
import io.sparkinversion.platform.Finding;
import io.sparkinversion.platform.Platform;
import io.sparkinversion.platform.Platform.Fitted;
import io.sparkinversion.torchscript.Argument;
import io.sparkinversion.torchscript.CompiledProgram;
import io.sparkinversion.torchscript.DeviceWeights;
import io.sparkinversion.torchscript.MemoryFormat;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.weights.WeightFiles;
import io.sparkinversion.weights.WeightSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The structure distance of two pictures (Tumanyan et al., arXiv 2201.00424), as PIE-Bench's evaluation measures it: the
 * mean squared difference of their self-similarities, which are the cosines of the keys of the last block of DINO's
 * ViT-B/8. The pictures' shorter side is resized to 224 pixels, the longer to 480 at most.
 */
public final class StructureDistance implements AutoCloseable {
    private static final String CONFIG = "config.json";
    private static final int SHORTER = 224;
    private static final int MOST = 480;
    private static final double[] MEAN = {0.485, 0.456, 0.406};
    private static final double[] DEVIATION = {0.229, 0.224, 0.225};

    private final NDManager manager;
    private final Platform platform;
    private final DinoVit.Config config;
    private final Path folder;
    private final Map<Long, CompiledProgram> programs = new LinkedHashMap<>();
    private final List<Finding> findings = new ArrayList<>();
    private DeviceWeights weights;

    /** How a picture's values come to the network. */
    public enum Preparation {
        /**
         * As PIE-Bench's published numbers were measured: values 0 to 255, which the evaluation does not divide by 255,
         * resized without antialias, then normalised by ImageNet's mean and deviation.
         */
        PIE_BENCH(1, false),
        /** The same code with torchvision 0.17 or newer. */
        PIE_BENCH_ANTIALIAS(1, true),
        /** Values 0 to 1, as the network was trained: another scale than the published one. */
        UNIT(255, false);

        private final int divisor;
        private final boolean antialias;

        Preparation(int divisor, boolean antialias) {
            this.divisor = divisor;
            this.antialias = antialias;
        }
    }

    /**
     * A picture as the network takes it.
     *
     * @param values {@code [3, height, width]}
     */
    public record Prepared(int height, int width, float[] values) {}

    private StructureDistance(NDManager manager, Platform platform, DinoVit.Config config, Path folder) {
        this.manager = manager;
        this.platform = platform;
        this.config = config;
        this.folder = folder;
    }

    /**
     * @param folder DINO's weights under their authors' names, {@code model.safetensors} or {@code pytorch_model.bin}; without a
     *     {@code config.json} they are ViT-B/8's
     * @param parent decides the device
     * @throws io.sparkinversion.network.UnsupportedConfigException naming the key that asks for another network
     * @throws io.sparkinversion.weights.WeightsException naming what is wrong with the weights
     */
    public static StructureDistance load(Path folder, NDManager parent) {
        return load(folder, parent, Platform.of(parent.getDevice()));
    }

    /**
     * Likewise, with kernels that are right on a platform.
     *
     * @param platform the parent's device
     * @throws io.sparkinversion.platform.PlatformException if the device computes one of the network's operations wrongly
     *     in every way that is known
     */
    public static StructureDistance load(Path folder, NDManager parent, Platform platform) {
        Path file = folder.resolve(CONFIG);
        DinoVit.Config config = Files.exists(file) ? DinoVit.Config.of(NetworkConfig.read(file)) : DinoVit.VIT_B8;
        StructureDistance distance = new StructureDistance(parent.newSubManager(), platform, config, folder);
        try {
            distance.program(SHORTER, SHORTER);
            return distance;
        } catch (RuntimeException e) {
            distance.close();
            throw e;
        }
    }

    /** The network is one for each size, on the same weights. */
    private synchronized CompiledProgram program(int height, int width) {
        return programs.computeIfAbsent((long) height << Integer.SIZE | width, size -> {
            Fitted fitted = platform.fit(new DinoVit(config, height, width)::program, MemoryFormat.CHANNELS_FIRST, 1);
            Program program = fitted.program();
            findings.addAll(fitted.findings());
            if (weights == null) {
                try (WeightSource source = WeightFiles.open(folder, "model")) {
                    weights = DeviceWeights.load(
                            source, program.weights(), config.ignoredWeights(), manager, ScalarType.FLOAT32);
                }
            }
            return CompiledProgram.compile(program, weights);
        });
    }

    /** What was found about the network's operations on the device. */
    public synchronized List<Finding> findings() {
        return List.copyOf(findings);
    }

    /** The distance of two pictures; 0 for equal ones. Published tables print it times 1000. */
    public double distance(RgbImage a, RgbImage b, Preparation preparation) {
        return distance(prepared(a, preparation), prepared(b, preparation));
    }

    public double distance(Prepared a, Prepared b) {
        try (NDManager scope = manager.newSubManager()) {
            return distance(run(scope, DinoVit.SELF_SIMILARITY, a), b);
        }
    }

    /**
     * The cosines between the keys of a picture's tokens, {@code [1, tokens, tokens]}: to be compared with several others.
     *
     * @param owner of the result
     */
    public NDArray selfSimilarity(NDManager owner, Prepared picture) {
        return run(owner, DinoVit.SELF_SIMILARITY, picture);
    }

    /**
     * @param a of {@link #selfSimilarity}
     * @param b a picture of the same size
     */
    public double distance(NDArray a, Prepared b) {
        try (NDManager scope = manager.newSubManager()) {
            NDArray other = run(scope, DinoVit.SELF_SIMILARITY, b);
            NDArray difference = other.sub(a);
            return difference.mul(difference).mean().getFloat();
        }
    }

    /** A manager whose arrays the caller owns. */
    public NDManager newScope() {
        return manager.newSubManager();
    }

    /** The network's answer for a picture: {@code tokens}, {@code keys} or {@code self_similarity}. */
    public NDArray run(NDManager owner, String method, Prepared picture) {
        try (NDManager scope = manager.newSubManager()) {
            NDArray pixels =
                    scope.create(picture.values(), new Shape(1, RgbImage.CHANNELS, picture.height(), picture.width()));
            return program(picture.height(), picture.width()).call(owner, method, Argument.of(pixels));
        }
    }

    /** A picture resized and normalised. */
    public static Prepared prepared(RgbImage image, Preparation preparation) {
        int pixels = image.width() * image.height();
        float[] values = new float[RgbImage.CHANNELS * pixels];
        for (int i = 0; i < values.length; i++) {
            values[i % RgbImage.CHANNELS * pixels + i / RgbImage.CHANNELS] =
                    (float) Byte.toUnsignedInt(image.pixels()[i]) / preparation.divisor;
        }
        int longer = Math.max(image.width(), image.height());
        int shorter = Math.min(image.width(), image.height());
        int small = SHORTER;
        int large = (int) ((double) SHORTER * longer / shorter);
        if (large > MOST) {
            small = (int) ((double) MOST * small / large);
            large = MOST;
        }
        boolean upright = image.height() >= image.width();
        int height = upright ? large : small;
        int width = upright ? small : large;
        float[] resized = TensorResize.bilinear(
                values, RgbImage.CHANNELS, image.height(), image.width(), height, width, preparation.antialias);
        int plane = height * width;
        for (int i = 0; i < resized.length; i++) {
            int channel = i / plane;
            resized[i] = (float) ((resized[i] - MEAN[channel]) / DEVIATION[channel]);
        }
        return new Prepared(height, width, resized);
    }

    @Override
    public synchronized void close() {
        programs.values().forEach(CompiledProgram::close);
        if (weights != null) {
            weights.close();
        }
        manager.close();
    }
}
