package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import java.util.List;

/** A sampler of two coupled latents whose every step can be undone, so that it inverts an image exactly. */
public sealed interface CoupledInversion extends Reconstruction permits ObelmInversion, EdictInversion {

    /** Scale of classifier-free guidance against the empty prompt, in both directions; 1 for the caption alone. */
    double guidance();

    /**
     * From the image to the noise end.
     *
     * @param owner owns the result
     * @param branches those that the image is to be sampled with again
     * @param steps in denoising order
     * @param latent z_0 {@code [B, C, h, w]}
     */
    LatentPair invert(NDManager owner, Denoiser unet, CoupledBranches branches, List<Step> steps, NDArray latent);

    /**
     * From the noise end to the image.
     *
     * @param owner owns the result
     * @param steps in denoising order
     * @param noiseEnd one for each branch; left as it is
     * @return float32 latents {@code [B, C, h, w]} by level, the image's last
     */
    Trajectory sample(NDManager owner, Denoiser unet, CoupledBranches branches, List<Step> steps, LatentPair noiseEnd);

    /** The noise end of images by their captions; reads nothing of the trajectory but z_0. */
    default LatentPair invert(NDManager owner, Denoiser unet, Inversion inversion) {
        try (NDManager prompts = unet.newScope()) {
            CoupledBranches captions = CoupledBranches.ofCaptions(prompts, unet, inversion, guidance());
            return invert(
                    owner,
                    unet,
                    captions,
                    inversion.steps(),
                    inversion.trajectory().first());
        }
    }

    @Override
    default boolean usesInversion() {
        return false;
    }

    @Override
    default Reconstructed reconstruct(NDManager owner, Denoiser unet, Inversion inversion, double guidanceScale) {
        try (NDManager run = unet.newScope()) {
            CoupledBranches captions = CoupledBranches.ofCaptions(run, unet, inversion, guidance());
            LatentPair noiseEnd = invert(
                    run,
                    unet,
                    captions,
                    inversion.steps(),
                    inversion.trajectory().first());
            return Reconstructed.of(sample(owner, unet, captions, inversion.steps(), noiseEnd));
        }
    }
}
