package io.sparkinversion.inversion;

import ai.djl.ndarray.NDManager;

/**
 * Negative-prompt inversion (Miyake et al., arXiv 2305.16807). Null-text inversion optimises the null embedding of
 * every step until guided sampling retraces the inversion; its optimum is close to the caption's own embedding. So the
 * caption takes the null text's place, without any optimisation. With the source caption on both sides guidance has
 * nothing to amplify, and {@link Guidance} spends one UNet evaluation a step; an edit has its own prompt on the
 * positive side.
 */
public final class NegativePromptInversion implements Reconstruction {
    @Override
    public Reconstructed reconstruct(NDManager owner, Denoiser unet, Inversion inversion, double guidanceScale) {
        Guidance guidance = Guidance.of(owner, inversion.caption(), inversion.caption(), guidanceScale);
        return Reconstructed.of(DdimSampling.sample(
                owner, unet, inversion.steps(), inversion.trajectory().last(), guidance));
    }
}
