package io.sparkinversion.inversion;

import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import java.util.List;
import java.util.function.Supplier;

/**
 * A batch of images after DDIM inversion: what every reconstruction method starts from.
 *
 * @param steps in denoising order
 * @param trajectory z_0 to z_T
 * @param caption the images' captions
 * @param empty the empty prompt, once per image; computed when a method asks for it
 */
public record Inversion(List<Step> steps, Trajectory trajectory, Conditioning caption, Supplier<Conditioning> empty) {

    /** A way from z_T back to a latent of the image. */
    @FunctionalInterface
    public interface Reconstruction {
        /**
         * @param owner owns the result
         * @param guidanceScale of classifier-free guidance
         * @return z_T to the reconstruction's latent
         */
        Trajectory reconstruct(NDManager owner, Denoiser unet, Inversion inversion, double guidanceScale);
    }
}
