package io.sparkinversion.diffusion;

import io.sparkinversion.UserException;
import io.sparkinversion.network.NetworkConfig;
import io.sparkinversion.torchscript.WeightSpec;
import io.sparkinversion.weights.FakeWeights;
import io.sparkinversion.weights.WeightSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model of full size with made-up weights, from its configs alone: for measuring time and memory, and for trying a
 * cluster before the real weights are there. What it reconstructs shows nothing.
 *
 * @param name {@code sd15}, {@code sd21}, {@code sdxl}, or a folder with {@code unet/config.json} and so on
 */
public record FakeModel(String name) implements ModelComponents {
    /** Model addresses that begin so name a fake model. */
    public static final String PREFIX = "fake:";

    private static final List<String> BUILT_IN = BuiltInConfigs.NAMES;
    private static final long SEED = 20_230_516;

    /**
     * @throws UserException if it is neither a built-in name nor a folder
     */
    public FakeModel {
        if (!BUILT_IN.contains(name) && !Files.isDirectory(Path.of(name))) {
            throw new UserException("no fake model '" + name + "': it must be one of " + String.join(", ", BUILT_IN)
                    + " or a folder of configs");
        }
    }

    @Override
    public NetworkConfig config(Component component) {
        return BUILT_IN.contains(name)
                ? BuiltInConfigs.config(name, component)
                : new DiffusersFolder(Path.of(name)).config(component);
    }

    @Override
    public WeightSource weights(Component component, List<WeightSpec> specs) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        specs.forEach(spec -> shapes.put(spec.name(), spec.shape()));
        return new FakeWeights(shapes, SEED);
    }

    @Override
    public ClipTokenizer tokenizer(Component textEncoder, int length) {
        if (BUILT_IN.contains(name)) {
            return ClipTokenizer.ofBytes(length);
        }
        Path folder = Path.of(name, textEncoder.tokenizerFolder());
        boolean present = Files.exists(folder.resolve("vocab.json")) || Files.exists(folder.resolve("tokenizer.json"));
        return present ? ClipTokenizer.load(folder, length) : ClipTokenizer.ofBytes(length);
    }
}
