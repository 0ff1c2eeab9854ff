package io.sparkinversion.inversion;

import ai.djl.ndarray.NDManager;

/** A way back to a latent of the image. Stateless: one instance serves all threads. */
@FunctionalInterface
public interface Reconstruction {
    /**
     * @param owner owns the result
     * @param guidanceScale of classifier-free guidance
     */
    Reconstructed reconstruct(NDManager owner, Denoiser unet, Inversion inversion, double guidanceScale);

    /**
     * Whether it starts from the DDIM inversion that the image's methods share, and so is charged for it. Otherwise it
     * reads nothing but the trajectory's z_0.
     */
    default boolean usesInversion() {
        return true;
    }

    /** Whether it differentiates the UNet's prediction by an embedding. */
    default boolean usesGradient() {
        return false;
    }

    /**
     * About how many walks along the trajectory it takes, the shared inversion apart, a backward pass counted as two
     * forward ones: what images that differ in other work are weighed by.
     */
    default int walks() {
        return 1;
    }
}
