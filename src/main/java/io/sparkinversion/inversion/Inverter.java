package io.sparkinversion.inversion;

import ai.djl.ndarray.NDManager;

/** A way from an image's latent z_0 up to the noise z_T. Stateless: one instance serves all threads. */
public interface Inverter {
    /**
     * @param owner owns the result
     * @param image whose steps are walked, in inverse order, from its trajectory's first latent
     * @return z_0, z_1, ..., z_T, a latent for each level of the image's steps
     */
    Trajectory invert(NDManager owner, Denoiser unet, Inversion image);

    /** Whether it differentiates the UNet's prediction by its latent. */
    default boolean usesGradient() {
        return false;
    }

    /** About how many UNet evaluations a step takes, a backward pass counted as two forward ones. */
    int evaluationsPerStep();
}
