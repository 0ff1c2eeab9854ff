package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;

/** Branches whose guidance is settled: what a sampler asks of those that it samples. */
@FunctionalInterface
public interface GuidedBranches {
    /**
     * The UNet's guided output.
     *
     * @param latents float32 {@code [B, C, h, w]}, one for each branch
     */
    NDArray predict(NDManager owner, NDArray latents, Step step);

    /**
     * What becomes of the latents {@code [B, C, h, w]} after a step; of samplers of two coupled latents either, float64
     * and on whatever scale. A branch that this changes can no longer be inverted.
     */
    default NDArray afterStep(NDManager owner, NDArray latents, Step step) {
        return latents;
    }

    /**
     * Images by their captions, guided against the empty prompt; at scale 1 that prompt has no say.
     *
     * @param owner owns what is prepared here, for all steps
     */
    static GuidedBranches ofCaptions(NDManager owner, Denoiser unet, Inversion inversion, double scale) {
        Conditioning caption = inversion.caption();
        Conditioning negative = scale == 1 ? caption : inversion.empty().get();
        Guidance guidance = Guidance.of(owner, negative, caption, scale);
        return (resultOwner, latents, step) -> guidance.predict(resultOwner, unet, latents, step);
    }
}
