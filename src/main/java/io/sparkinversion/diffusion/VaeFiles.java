package io.sparkinversion.diffusion;

import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.network.NetworkConfig;
import io.sparkinversion.network.UnsupportedConfigException;
import io.sparkinversion.network.VaeConfig;
import io.sparkinversion.torchscript.WeightSpec;
import io.sparkinversion.weights.WeightFiles;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.single.SingleFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * An autoencoder in the place of a model's own: a folder of diffusers, a model's folder, or a file.
 *
 * @param path the folder with {@code config.json}, or the file
 */
record VaeFiles(Path path) {

    static VaeFiles of(Path given) {
        Path inside = given.resolve(Component.VAE.folder());
        return new VaeFiles(Files.isDirectory(inside) ? inside : given);
    }

    /**
     * @param own of the model; a file has none of its own
     * @throws UnsupportedConfigException if it scales latents otherwise, as one of another kind of model does
     */
    NetworkConfig config(NetworkConfig own) {
        if (!Files.isDirectory(path)) {
            return own;
        }
        NetworkConfig config = NetworkConfig.read(path.resolve(Component.VAE.configFile()));
        double scaling = VaeConfig.of(config).scalingFactor();
        if (scaling != VaeConfig.of(own).scalingFactor()) {
            throw new UnsupportedConfigException(
                    "the VAE at " + path + " scales latents by " + scaling + ", the model's own by "
                            + VaeConfig.of(own).scalingFactor() + ": it belongs to another kind of model",
                    null);
        }
        return config;
    }

    WeightSource weights(List<WeightSpec> specs) {
        return Files.isDirectory(path)
                ? WeightFiles.open(path, WeightFiles.DIFFUSERS_STEM)
                : SingleFile.vaeAlone(path, specs.stream().map(WeightSpec::name).toList());
    }
}
