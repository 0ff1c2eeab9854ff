package io.sparkinversion.worker;

import io.sparkinversion.UserException;
import io.sparkinversion.diffusion.DiffusersFolder;
import io.sparkinversion.diffusion.FakeModel;
import io.sparkinversion.diffusion.ModelComponents;
import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.diffusion.NoiseSchedule;
import io.sparkinversion.network.ClipTextConfig;
import io.sparkinversion.network.UNetConfig;
import io.sparkinversion.network.UnsupportedConfigException;
import io.sparkinversion.network.VaeConfig;
import io.sparkinversion.weights.Address;
import io.sparkinversion.weights.ModelFolder;
import io.sparkinversion.weights.WeightsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;

/**
 * What a model's configs say of it.
 *
 * @param address of its folder, absolute where it is local, or {@code fake:NAME}
 * @param fingerprint SHA-256 over configs and weights; the address of a fake model
 * @param trained pixels of the square that it was trained at
 * @param granule what the side of an image must be a multiple of
 */
public record ModelInfo(String address, String fingerprint, int trained, int granule) {
    private static final int SMALLEST_SIDE = 16;

    /**
     * Reads the configs, so that what is not supported is refused early, and all of the weights once, for their hash.
     *
     * @param model a folder in the diffusers layout, on this machine or at an {@code hdfs://} or {@code s3a://} address,
     *     or {@code fake:NAME}
     * @param hadoop how to reach other machines; a remote model is copied to this one
     * @throws UserException if there is no such folder
     * @throws WeightsException if a part of the model is missing or cannot be read
     * @throws UnsupportedConfigException if it asks for something that is not built here
     */
    public static ModelInfo read(String model, Configuration hadoop) {
        String address = absolute(model);
        ModelComponents components = components(address, hadoop);
        String fingerprint =
                components instanceof DiffusersFolder diffusers ? ModelFolder.fingerprint(diffusers.folder()) : address;
        UNetConfig unet = UNetConfig.of(components.config(Component.UNET));
        VaeConfig vae = VaeConfig.of(components.config(Component.VAE));
        ClipTextConfig.of(components.config(Component.TEXT_ENCODER));
        NoiseSchedule.of(components.config(Component.SCHEDULER));
        return new ModelInfo(address, fingerprint, unet.sampleSize() * vae.downsampling(), vae.downsampling());
    }

    /** The parts of a model by its address. */
    public static ModelComponents components(String address, Configuration hadoop) {
        return address.startsWith(FakeModel.PREFIX)
                ? new FakeModel(address.substring(FakeModel.PREFIX.length()))
                : new DiffusersFolder(ModelFolder.ofUser(hadoop).resolve(address));
    }

    /** @throws UserException if it is local and not there */
    public static String absolute(String model) {
        if (model.startsWith(FakeModel.PREFIX) || Address.hasScheme(model)) {
            return model;
        }
        if (!Files.isDirectory(Path.of(model))) {
            throw new UserException("model: no such folder: " + model
                    + "; expected a diffusers folder with unet/, vae/, text_encoder/, tokenizer/, scheduler/");
        }
        return Path.of(model).toAbsolutePath().normalize().toString();
    }

    /**
     * Pixels of the square that images are resized to.
     *
     * @param wanted 0 for the one that the model was trained at
     * @throws UserException if the model does not take it
     */
    public int resolution(int wanted) {
        int side = wanted == 0 ? trained : wanted;
        int least = Math.max(SMALLEST_SIDE, 2 * granule);
        if (side < least || side % granule != 0) {
            throw new UserException(
                    "resolution is " + side + "; this model takes multiples of " + granule + " from " + least);
        }
        return side;
    }
}
