package io.sparkinversion.worker;

import io.sparkinversion.UserException;
import io.sparkinversion.diffusion.ModelAdditions;
import io.sparkinversion.diffusion.ModelCheck;
import io.sparkinversion.diffusion.ModelComponents;
import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.diffusion.ModelNetworks;
import io.sparkinversion.diffusion.NoiseSchedule;
import io.sparkinversion.image.ResizeMode;
import io.sparkinversion.image.Sizing;
import io.sparkinversion.network.UNetConfig;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/**
 * What a model's configs say of it.
 *
 * @param address of its folder or file, absolute where it is local, or {@code fake:NAME}
 * @param additions likewise
 * @param fingerprint SHA-256 over configs, weights and additions; the address of a fake model without any
 * @param trained pixels of the square that it was trained at
 * @param granule what the side of an image must be a multiple of
 * @param step what sides that are not the square's are a multiple of
 * @param xl whether it is told sizes, as Stable Diffusion XL is
 * @param sizeSource what says what it was trained at
 * @param notes what the user should know of it
 */
public record ModelInfo(
        String address,
        ModelAdditions additions,
        String fingerprint,
        int trained,
        int granule,
        int step,
        boolean xl,
        String sizeSource,
        List<String> notes) {
    private static final int SMALLEST_SIDE = 16;

    /** What trainers make sides a multiple of, for models of this resolution and more. */
    private static final int USUAL_STEP = 64;

    private static final int USUAL_RESOLUTION = 512;

    /** {@link #read(String, ModelAdditions, Configuration)} without additions. */
    public static ModelInfo read(String model, Configuration hadoop) {
        return read(model, ModelAdditions.NONE, hadoop);
    }

    /**
     * Checks all that can be checked without loading the model, so that one that does not fit is refused within seconds:
     * configs, tokenizers, names and shapes of the weights. Then reads all of the weights once, for their hash.
     *
     * @param model a folder in the diffusers layout or a single file, on this machine or at an {@code hdfs://} or {@code
     *     s3a://} address, or {@code fake:NAME}
     * @param additions what it is given beside its own files
     * @param hadoop how to reach other machines; a remote model is copied to this one
     * @throws UserException if there is no such model, a part of it is missing or damaged, it asks for something that is
     *     not built here, or its parts do not fit each other
     */
    public static ModelInfo read(String model, ModelAdditions additions, Configuration hadoop) {
        ModelAddress address = ModelAddress.of(model, additions, hadoop);
        ModelInfo checked;
        try (ModelAddress.Outline outline = address.outline()) {
            checked = of(address, outline.components());
        }
        return checked.withFingerprint(address.fingerprint());
    }

    private static ModelInfo of(ModelAddress address, ModelComponents components) {
        ModelNetworks networks = ModelCheck.check(components);
        UNetConfig unet = networks.unetConfig();
        int granule = networks.vaeConfig().downsampling();
        int trained = unet.sampleSize() * granule;
        List<String> notes = new ArrayList<>(address.notes());
        NoiseSchedule.note(components.config(Component.SCHEDULER)).ifPresent(notes::add);
        return new ModelInfo(
                address.model(),
                address.additions(),
                null,
                trained,
                granule,
                step(trained, granule << (unet.blockOutChannels().size() - 1)),
                unet.addition() != null,
                UNetConfig.sampleSizeSource(components.config(Component.UNET)),
                List.copyOf(notes));
    }

    private ModelInfo withFingerprint(String value) {
        return new ModelInfo(address, additions, value, trained, granule, step, xl, sizeSource, notes);
    }

    /** @param halved pixels that make one element of the UNet's lowest level */
    private static int step(int trained, int halved) {
        return trained >= USUAL_RESOLUTION && USUAL_STEP % halved == 0 ? USUAL_STEP : halved;
    }

    /** The parts of a model by its address, without additions. */
    public static ModelComponents components(String address, Configuration hadoop) {
        return components(address, ModelAdditions.NONE, hadoop);
    }

    /** The parts of a model by its address. */
    public static ModelComponents components(String address, ModelAdditions additions, Configuration hadoop) {
        return ModelAddress.of(address, additions, hadoop).components();
    }

    /** @throws UserException if it is local and not there */
    public static String absolute(String model) {
        return ModelAddress.absolute(model);
    }

    /** Likewise, of all that is added. */
    public static ModelAdditions absolute(ModelAdditions additions) {
        return ModelAddress.absolute(additions);
    }

    /**
     * The first lines of a run: what it runs and why so.
     *
     * @param settings of the run
     */
    public List<String> lines(WorkerSettings settings) {
        int resolution = settings.resolution();
        List<String> lines = new ArrayList<>();
        String trainedAt = sizeSource + " x " + granule + " in the UNet's config";
        lines.add(
                resolution == trained
                        ? "resolution: " + resolution + " (" + trainedAt + ")"
                        : "resolution: " + resolution + " (the model was trained at " + trained + ": " + trainedAt
                                + ")");
        if (settings.sizing().mode() != ResizeMode.CROP) {
            lines.add(settings.sizing().described());
        }
        if (settings.tellsPictureSize()) {
            lines.add("size conditioning: each image's own size and crop");
        }
        if (settings.restoresSize()) {
            lines.add("restore size: reconstructions and edits get the image's own size back; scores are those of the"
                    + " resized image");
        }
        lines.addAll(notes);
        return lines;
    }

    /**
     * Which size images get.
     *
     * @param mode how
     * @param wanted resolution; 0 for the one that the model was trained at
     * @throws UserException if the model does not take it
     */
    public Sizing sizing(ResizeMode mode, int wanted) {
        return new Sizing(mode, resolution(wanted), step, xl);
    }

    /**
     * Pixels of the square that images are resized to.
     *
     * @param wanted 0 for the one that the model was trained at
     * @throws UserException if the model does not take it
     */
    private int resolution(int wanted) {
        int side = wanted == 0 ? trained : wanted;
        int least = Math.max(SMALLEST_SIDE, 2 * granule);
        if (side < least || side % granule != 0) {
            throw new UserException(
                    "resolution is " + side + "; this model takes multiples of " + granule + " from " + least);
        }
        return side;
    }
}
