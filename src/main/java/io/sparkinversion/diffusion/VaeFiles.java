package io.sparkinversion.diffusion;

import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.network.NetworkConfig;
import io.sparkinversion.network.UnsupportedConfigException;
import io.sparkinversion.network.VaeConfig;
import io.sparkinversion.torchscript.WeightSpec;
import io.sparkinversion.weights.HubCache;
import io.sparkinversion.weights.WeightFiles;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.single.Architecture;
import io.sparkinversion.weights.single.SingleFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * An autoencoder in the place of a model's own: a folder of diffusers, a model's folder, or a file.
 *
 * @param path the folder with {@code config.json}, or the file
 */
record VaeFiles(Path path) {

    static VaeFiles of(Path given) {
        Path folder = HubCache.snapshot(given);
        Path inside = folder.resolve(Component.VAE.folder());
        return new VaeFiles(Files.isDirectory(inside) ? inside : folder);
    }

    /**
     * Of a file that is a whole model it can be told whether its latents are those of the other kind. A VAE alone has the
     * same names and shapes in Stable Diffusion 1, 2 and XL.
     *
     * @param own of the model
     * @throws UnsupportedConfigException if it is of another kind of model
     */
    void requireSameKind(NetworkConfig own) {
        if (Files.isDirectory(path)) {
            return;
        }
        double expected = VaeConfig.of(own).scalingFactor();
        SingleFile.kindOf(path)
                .map(VaeFiles::released)
                .filter(scaling -> scaling != expected)
                .ifPresent(scaling -> {
                    boolean otherKind =
                            Arrays.stream(Architecture.values()).anyMatch(kind -> released(kind) == expected);
                    if (otherKind) {
                        throw new UnsupportedConfigException(scales(scaling, expected), null);
                    }
                });
    }

    private static double released(Architecture kind) {
        return VaeConfig.of(BuiltInConfigs.config(kind.configs(), Component.VAE))
                .scalingFactor();
    }

    private String scales(double scaling, double expected) {
        return "the VAE at " + path + " scales latents by " + scaling + ", the model's own by " + expected
                + ": it belongs to another kind of model";
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
        double expected = VaeConfig.of(own).scalingFactor();
        if (scaling != expected) {
            throw new UnsupportedConfigException(scales(scaling, expected), null);
        }
        return config;
    }

    WeightSource weights(List<WeightSpec> specs) {
        return Files.isDirectory(path)
                ? WeightFiles.open(path, WeightFiles.DIFFUSERS_STEM)
                : SingleFile.vaeAlone(path, specs.stream().map(WeightSpec::name).toList());
    }
}
