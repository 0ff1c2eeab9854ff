package io.sparkinversion.diffusion;

import io.sparkinversion.network.NetworkConfig;
import io.sparkinversion.torchscript.WeightSpec;
import io.sparkinversion.weights.WeightFiles;
import io.sparkinversion.weights.WeightSource;
import java.nio.file.Path;
import java.util.List;

/**
 * A model folder as Hugging Face diffusers writes it: {@code unet/}, {@code vae/}, {@code text_encoder/},
 * {@code tokenizer/}, {@code scheduler/}.
 */
public record DiffusersFolder(Path folder) implements ModelComponents {

    @Override
    public String name() {
        return folder.toString();
    }

    @Override
    public NetworkConfig config(Component component) {
        return NetworkConfig.read(folder.resolve(component.folder()).resolve(component.configFile()));
    }

    @Override
    public WeightSource weights(Component component, List<WeightSpec> specs) {
        return WeightFiles.open(folder.resolve(component.folder()), component.weightStem());
    }

    @Override
    public ClipTokenizer tokenizer(int length) {
        return ClipTokenizer.load(folder.resolve("tokenizer"), length);
    }
}
