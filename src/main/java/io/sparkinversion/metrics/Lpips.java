package io.sparkinversion.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.network.LpipsNetwork;
import io.sparkinversion.platform.Finding;
import io.sparkinversion.platform.Platform;
import io.sparkinversion.platform.Platform.Fitted;
import io.sparkinversion.torchscript.Argument;
import io.sparkinversion.torchscript.CompiledProgram;
import io.sparkinversion.torchscript.DeviceWeights;
import io.sparkinversion.torchscript.MemoryFormat;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.weights.WeightSource;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The LPIPS distance (arXiv 1801.03924) on a device, in float32. Calls from several threads are safe. */
public final class Lpips implements AutoCloseable {
    private final String name;
    private final NDManager manager;
    private final List<Finding> findings;
    private final DeviceWeights weights;
    private final CompiledProgram program;

    private Lpips(
            String name, NDManager manager, List<Finding> findings, DeviceWeights weights, CompiledProgram program) {
        this.name = name;
        this.manager = manager;
        this.findings = findings;
        this.weights = weights;
        this.program = program;
    }

    /**
     * @param name how results call these weights, such as {@code alex} or {@code demo}
     * @param source backbone and heads: {@code features.N.*}, {@code linK.model.1.weight}; anything else is left out
     * @param parent decides the device
     * @throws io.sparkinversion.weights.WeightsException if the weights are of no known backbone, or not complete
     */
    public static Lpips load(String name, WeightSource source, NDManager parent) {
        return load(name, source, parent, Platform.of(parent.getDevice()), 2);
    }

    /**
     * Likewise, with kernels that are right on a platform.
     *
     * @param platform the parent's device
     * @param batch how many pairs will be compared at once
     * @throws io.sparkinversion.platform.PlatformException if the device computes one of the network's operations wrongly
     *     in every way that is known
     */
    public static Lpips load(String name, WeightSource source, NDManager parent, Platform platform, int batch) {
        Fitted fitted = platform.fit(new LpipsNetwork(source)::program, MemoryFormat.CHANNELS_FIRST, batch);
        Program program = fitted.program();
        Set<String> classifier = source.names().stream()
                .filter(weight -> !weight.startsWith("features.") && !weight.startsWith("lin"))
                .collect(Collectors.toSet());
        NDManager manager = parent.newSubManager();
        try {
            DeviceWeights weights =
                    DeviceWeights.load(source, program.weights(), classifier, manager, ScalarType.FLOAT32);
            return new Lpips(name, manager, fitted.findings(), weights, CompiledProgram.compile(program, weights));
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    public String name() {
        return name;
    }

    /** What was found about the network's operations on the device. */
    public List<Finding> findings() {
        return findings;
    }

    /**
     * @param a images {@code [B, 3, H, W]} in [-1, 1]
     * @param b likewise
     * @return one distance a pair; 0 for equal images
     */
    public float[] distances(NDArray a, NDArray b) {
        try (NDManager scope = manager.newSubManager()) {
            return program.call(scope, LpipsNetwork.FORWARD, Argument.of(a), Argument.of(b))
                    .toFloatArray();
        }
    }

    /**
     * Where the images differ: each layer's weighted squared differences, brought to the images' size bilinearly,
     * summed over layers. The LPIPS authors' code calls this {@code spatial}. The mean over all pixels is about the
     * distance; the bilinear weights keep it from being the same.
     *
     * @param owner of the result
     * @param a images {@code [B, 3, H, W]} in [-1, 1]
     * @param b likewise
     * @return {@code [B, H, W]}
     */
    public NDArray maps(NDManager owner, NDArray a, NDArray b) {
        return program.call(owner, LpipsNetwork.MAPS, Argument.of(a), Argument.of(b));
    }

    /**
     * The means of {@link #maps} over the pixels inside a mask, whose number is what the sum is divided by.
     *
     * @param a images {@code [B, 3, H, W]} in [-1, 1]
     * @param b likewise
     * @param where one mask a pair, of the images' size
     * @return one distance a pair; NaN where no pixel is inside
     * @throws IllegalArgumentException if there are not B masks, or one is not of the images' size
     */
    public double[] distances(NDArray a, NDArray b, List<PixelMask> where) {
        ImageMasks.requireFit(a.getShape(), where);
        try (NDManager scope = manager.newSubManager()) {
            float[] values = maps(scope, a, b).toFloatArray();
            double[] means = new double[where.size()];
            int at = 0;
            for (int pair = 0; pair < means.length; pair++) {
                double sum = 0;
                for (boolean inside : where.get(pair).inside()) {
                    sum += inside ? values[at] : 0;
                    at++;
                }
                means[pair] = sum / where.get(pair).count();
            }
            return means;
        }
    }

    /** The distance's terms: {@code [B, layers]}. */
    public NDArray perLayer(NDManager owner, NDArray a, NDArray b) {
        return program.call(owner, LpipsNetwork.PER_LAYER, Argument.of(a), Argument.of(b));
    }

    /** The tapped activations of images, before normalisation. */
    public NDList features(NDManager owner, NDArray images) {
        return program.callForList(owner, LpipsNetwork.FEATURES, Argument.of(images));
    }

    @Override
    public void close() {
        program.close();
        weights.close();
        manager.close();
    }
}
