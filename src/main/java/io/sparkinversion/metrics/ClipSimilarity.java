package io.sparkinversion.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.diffusion.ClipTokenizer;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.network.ClipConfig;
import io.sparkinversion.network.ClipModel;
import io.sparkinversion.network.NetworkConfig;
import io.sparkinversion.network.UnsupportedConfigException;
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
import java.util.Arrays;
import java.util.List;

/**
 * How well images fit texts: the cosine between their CLIP embeddings (arXiv 2103.00020), on a device, in float32. A
 * hundred times that, where it is positive, is the CLIP score that papers print. Calls from several threads are safe.
 */
public final class ClipSimilarity implements AutoCloseable {
    private static final String CONFIG = "config.json";

    private final NDManager manager;
    private final ClipPixels pixels;
    private final ClipTokenizer tokenizer;
    private final List<Finding> findings;
    private final DeviceWeights weights;
    private final CompiledProgram program;

    private ClipSimilarity(
            NDManager manager,
            ClipPixels pixels,
            ClipTokenizer tokenizer,
            List<Finding> findings,
            DeviceWeights weights,
            CompiledProgram program) {
        this.manager = manager;
        this.pixels = pixels;
        this.tokenizer = tokenizer;
        this.findings = findings;
        this.weights = weights;
        this.program = program;
    }

    /**
     * @param folder as transformers writes a {@code CLIPModel}, such as {@code openai/clip-vit-large-patch14}:
     *     {@code config.json}, {@code model.safetensors} or another of the names that {@link WeightFiles#open} knows,
     *     {@code tokenizer.json} or {@code vocab.json} and {@code merges.txt}; where they are there too,
     *     {@code preprocessor_config.json} and the tokenizer's further files
     * @param parent decides the device
     * @throws UnsupportedConfigException naming the key that asks for another network
     * @throws io.sparkinversion.weights.WeightsException naming each weight that is missing, surplus or
     *     misshaped
     * @throws IllegalArgumentException if the tokenizer's files are missing or contradict each other
     */
    public static ClipSimilarity load(Path folder, NDManager parent) {
        return load(folder, parent, Platform.of(parent.getDevice()), 2);
    }

    /**
     * Likewise, with kernels that are right on a platform.
     *
     * @param platform the parent's device
     * @param batch how many images will be compared at once
     * @throws io.sparkinversion.platform.PlatformException if the device computes one of the network's operations wrongly
     *     in every way that is known
     */
    public static ClipSimilarity load(Path folder, NDManager parent, Platform platform, int batch) {
        if (!Files.exists(folder.resolve(CONFIG))) {
            throw new UnsupportedConfigException(
                    folder + " has no " + CONFIG
                            + "; a CLIP folder has one, beside its weights and its tokenizer's files",
                    null);
        }
        ClipConfig config = ClipConfig.of(NetworkConfig.read(folder.resolve(CONFIG)));
        ClipPixels pixels = ClipPixels.of(folder, config.vision().imageSize());
        Fitted fitted = platform.fit(new ClipModel(config)::program, MemoryFormat.CHANNELS_FIRST, batch);
        Program program = fitted.program();
        ClipTokenizer tokenizer = ClipTokenizer.load(folder, config.text().maxPositionEmbeddings());
        NDManager manager = parent.newSubManager();
        try (WeightSource source = WeightFiles.open(folder, "model")) {
            requireTokens(tokenizer, config, folder);
            DeviceWeights weights = DeviceWeights.load(
                    source, program.weights(), ClipModel.IGNORED_WEIGHTS, manager, ScalarType.FLOAT32);
            return new ClipSimilarity(
                    manager, pixels, tokenizer, fitted.findings(), weights, CompiledProgram.compile(program, weights));
        } catch (RuntimeException e) {
            manager.close();
            tokenizer.close();
            throw e;
        }
    }

    /** What was found about the network's operations on the device. */
    public List<Finding> findings() {
        return findings;
    }

    /** On a GPU an id beyond the vocabulary is an assertion that ends the process. */
    private static void requireTokens(ClipTokenizer tokenizer, ClipConfig config, Path folder) {
        if (tokenizer.largestId() >= config.text().vocabSize()) {
            throw new UnsupportedConfigException(
                    "the tokenizer of " + folder + " has ids up to "
                            + tokenizer.largestId() + ", its " + CONFIG + " says vocab_size "
                            + config.text().vocabSize()
                            + ": they do not belong together",
                    null);
        }
        long end = tokenizer.encode("").ids()[1];
        long expected = config.endToken() == ClipConfig.LARGEST_ID ? tokenizer.largestId() : config.endToken();
        if (end != expected) {
            throw new UnsupportedConfigException(
                    "the tokenizer of " + folder + " ends texts with id " + end + ", its "
                            + CONFIG + " says eos_token_id " + config.endToken() + ", which is id " + expected
                            + ": they do not belong together",
                    null);
        }
    }

    /**
     * @param images of any sizes
     * @param prompts as many; one that is longer than the network's 77 tokens is cut
     * @return the cosine of each pair, in [-1, 1]
     * @throws IllegalArgumentException if there are not as many images as prompts
     */
    public double[] similarities(List<RgbImage> images, List<String> prompts) {
        if (images.size() != prompts.size()) {
            throw new IllegalArgumentException(
                    "cannot compare " + images.size() + " images with " + prompts.size() + " prompts in pairs");
        }
        float[][] ofImages = imageEmbeddings(images);
        float[][] ofPrompts = textEmbeddings(prompts);
        double[] cosines = new double[ofImages.length];
        Arrays.setAll(cosines, i -> cosine(ofImages[i], ofPrompts[i]));
        return cosines;
    }

    /** An image as the network takes it: {@code [3, size, size]}. */
    public float[] prepared(RgbImage image) {
        return pixels.of(image);
    }

    /** One row an image, not brought to length 1. */
    public float[][] imageEmbeddings(List<RgbImage> images) {
        if (images.isEmpty()) {
            return new float[0][];
        }
        int length = RgbImage.CHANNELS * pixels.size() * pixels.size();
        float[] values = new float[Math.multiplyExact(images.size(), length)];
        for (int i = 0; i < images.size(); i++) {
            System.arraycopy(pixels.of(images.get(i)), 0, values, i * length, length);
        }
        try (NDManager scope = manager.newSubManager()) {
            Shape shape = new Shape(images.size(), RgbImage.CHANNELS, pixels.size(), pixels.size());
            return rows(program.call(scope, ClipModel.IMAGE_EMBEDDING, Argument.of(scope.create(values, shape))));
        }
    }

    /** One row a prompt, not brought to length 1. */
    public float[][] textEmbeddings(List<String> prompts) {
        if (prompts.isEmpty()) {
            return new float[0][];
        }
        long[] ids = prompts.stream()
                .flatMapToLong(prompt -> Arrays.stream(tokenizer.encode(prompt).ids()))
                .toArray();
        try (NDManager scope = manager.newSubManager()) {
            Shape shape = new Shape(prompts.size(), tokenizer.length());
            return rows(program.call(scope, ClipModel.TEXT_EMBEDDING, Argument.of(scope.create(ids, shape))));
        }
    }

    private static float[][] rows(NDArray matrix) {
        float[] values = matrix.toFloatArray();
        int width = Math.toIntExact(matrix.getShape().get(1));
        float[][] rows = new float[values.length / width][];
        Arrays.setAll(rows, row -> Arrays.copyOfRange(values, row * width, (row + 1) * width));
        return rows;
    }

    /** Of two embeddings, in [-1, 1]. */
    public static double cosine(float[] a, float[] b) {
        double product = 0;
        double squaresOfA = 0;
        double squaresOfB = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i];
            squaresOfA += (double) a[i] * a[i];
            squaresOfB += (double) b[i] * b[i];
        }
        // Rounding may lead a hair beyond 1.
        return Math.max(-1, Math.min(1, product / Math.sqrt(squaresOfA * squaresOfB)));
    }

    @Override
    public void close() {
        program.close();
        weights.close();
        manager.close();
        tokenizer.close();
    }
}
