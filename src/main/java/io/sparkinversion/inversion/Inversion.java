package io.sparkinversion.inversion;

import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import java.util.List;
import java.util.function.Supplier;

/**
 * A batch of images after DDIM inversion: what every reconstruction method starts from.
 *
 * @param steps in denoising order
 * @param trajectory z_0 to z_T; z_0 alone where no method asked for more
 * @param caption the images' captions
 * @param empty the empty prompt, once per image; computed when a method asks for it
 * @param noise of the images, for methods that draw some
 */
public record Inversion(
        List<Step> steps, Trajectory trajectory, Conditioning caption, Supplier<Conditioning> empty, ImageNoise noise) {
    /** Of images for which no noise is drawn. */
    public Inversion(List<Step> steps, Trajectory trajectory, Conditioning caption, Supplier<Conditioning> empty) {
        this(steps, trajectory, caption, empty, new ImageNoise(List.of()));
    }

    /** The same images along other steps, or another way. */
    Inversion along(List<Step> otherSteps, Trajectory other) {
        return new Inversion(otherSteps, other, caption, empty, noise);
    }
}
