package io.sparkinversion.diffusion;

import io.sparkinversion.network.NetworkConfig;
import io.sparkinversion.torchscript.WeightSpec;
import io.sparkinversion.weights.WeightFiles;
import io.sparkinversion.weights.WeightSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A model folder as Hugging Face diffusers writes it: {@code unet/}, {@code vae/}, {@code text_encoder/},
 * {@code tokenizer/}, {@code scheduler/}; for Stable Diffusion XL also {@code text_encoder_2/}, {@code tokenizer_2/}.
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
    public ClipTokenizer tokenizer(Component textEncoder, int length) {
        return ClipTokenizer.load(folder.resolve(textEncoder.tokenizerFolder()), length);
    }

    @Override
    public boolean forceZerosForEmptyPrompt() {
        Path index = folder.resolve("model_index.json");
        return !Files.exists(index) || NetworkConfig.read(index).flag("force_zeros_for_empty_prompt", true);
    }
}
