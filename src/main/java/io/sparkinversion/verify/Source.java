package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.inversion.DdimInversion;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.Trajectory;
import io.sparkinversion.verify.GoldenFile.Golden;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The image that the goldens of a folder were computed from, and its inversion: what a golden file does not say of them
 * is taken from the others of its folder.
 *
 * @param file whose goldens are compared
 */
public record Source(ModelUnderTest model, GoldenFolder folder, String file) {
    public static final String TRAJECTORY = "ddim_traj";
    public static final String LATENT = "latent0";

    private static final String CONTEXT = "context";
    private static final String IMAGES = "image_u8_";
    private static final Pattern NUMBERED = Pattern.compile("(?:.*\\D)?(\\d+)");

    /** The number of DDIM steps, as the file's inversion or its name says. */
    public OptionalInt knownSteps(GoldenFile golden) {
        if (golden.has(TRAJECTORY)) {
            return OptionalInt.of((int) golden.shape(TRAJECTORY)[0] - 1);
        }
        Matcher numbered = NUMBERED.matcher(file);
        return numbered.matches() ? OptionalInt.of(Integer.parseInt(numbered.group(1))) : OptionalInt.empty();
    }

    /**
     * @throws IllegalArgumentException if neither says it
     */
    public int steps(GoldenFile golden) {
        return knownSteps(golden)
                .orElseThrow(() -> new IllegalArgumentException("the number of steps is unknown: the file has no "
                        + TRAJECTORY + ", its name does not end in one"));
    }

    public List<Step> schedule(GoldenFile golden) {
        return model.model().schedule().steps(steps(golden));
    }

    /** Whether the index tells the captions. */
    public boolean hasCaptions(int images) {
        return images == 1 ? folder.caption(file).isPresent() : textPrompts().size() >= images;
    }

    /**
     * The images' source prompts; of several images, and of one that no file says it of, these are the first of the
     * text encoder's goldens.
     *
     * @throws IllegalArgumentException if the index gives none
     */
    public List<String> captions(int images) {
        if (images == 1 && folder.caption(file).isPresent()) {
            return List.of(folder.caption(file).get());
        }
        if (textPrompts().size() < images) {
            throw new IllegalArgumentException(
                    "index.json gives no source prompt for " + (images == 1 ? "the image" : images + " images"));
        }
        return textPrompts().subList(0, images);
    }

    private List<String> textPrompts() {
        List<String> prompts = folder.prompts("tokenizer", "ids");
        return prompts.isEmpty() ? folder.prompts("text", "ids") : prompts;
    }

    /** The captions' text, or what the file itself stores of it where no caption is known. */
    public Conditioning caption(GoldenFile golden, int images) {
        if (!hasCaptions(images) && golden.has(CONTEXT) && golden.shape(CONTEXT)[0] == 2L * images) {
            Golden stored = golden.read(CONTEXT);
            return model.model().condition(model.scope(), model.array(stored.rows(images, 2 * images)));
        }
        return model.model().condition(model.scope(), captions(images));
    }

    public Conditioning empty(int images) {
        return model.model().condition(model.scope(), model.model().embedNothing(model.scope(), images, 1));
    }

    /** z_0 {@code [B, C, h, w]} of the file's inversion, from an image of the folder if the file has none. */
    public NDArray start(GoldenFile golden) {
        if (golden.has(TRAJECTORY)) {
            Golden trajectory = golden.read(TRAJECTORY);
            return model.array(trajectory.shape().length == 4 ? trajectory.rows(0, 1) : trajectory.row(0));
        }
        if (golden.has(LATENT)) {
            return model.array(golden.read(LATENT));
        }
        return encoded(null)
                .orElseThrow(() -> new IllegalArgumentException(
                        "there is nothing to start from: no " + LATENT + ", no " + TRAJECTORY + ", no image in vae"));
    }

    /**
     * The latent of the first image of the folder that has this shape.
     *
     * @param shape null for any
     */
    public Optional<NDArray> encoded(long[] shape) {
        if (!folder.has("vae")) {
            return Optional.empty();
        }
        try (GoldenFile vae = GoldenFile.open(folder, "vae")) {
            for (String name : vae.names()) {
                if (name.startsWith(IMAGES)) {
                    NDArray latent = model.model().encode(model.scope(), model.pixels(vae.read(name)));
                    if (shape == null || Arrays.equals(shape, latent.getShape().getShape())) {
                        return Optional.of(latent);
                    }
                }
            }
        }
        return Optional.empty();
    }

    /**
     * The image's inversion: the reference's own, of the file or of the inversion file with as many steps, or else
     * computed.
     */
    public Trajectory trajectory(GoldenFile golden) {
        if (golden.has(TRAJECTORY)) {
            return trajectory(golden.read(TRAJECTORY));
        }
        Optional<Golden> stored = folder.tensor("inv" + steps(golden), TRAJECTORY);
        if (stored.isPresent() && fits(golden, stored.get())) {
            return trajectory(stored.get());
        }
        Denoiser unet = new Denoiser(model.model());
        return DdimInversion.invert(model.scope(), unet, schedule(golden), start(golden), caption(golden, 1));
    }

    /** An inversion that belongs to another image than the file's start is of no use. */
    private static boolean fits(GoldenFile golden, Golden trajectory) {
        if (!golden.has(LATENT)) {
            return trajectory.shape().length == 4 || trajectory.shape()[1] == 1;
        }
        return Arrays.equals(golden.read(LATENT).values(), trajectory.row(0).values());
    }

    /** @param levels {@code [N + 1, C, h, w]} or {@code [N + 1, B, C, h, w]}, the image first */
    public Trajectory trajectory(Golden levels) {
        List<NDArray> latents = new ArrayList<>();
        for (int level = 0; level < levels.shape()[0]; level++) {
            latents.add(model.array(levels.shape().length == 4 ? levels.rows(level, level + 1) : levels.row(level)));
        }
        return new Trajectory(latents);
    }
}
