package io.sparkinversion.inversion;

import ai.djl.ndarray.NDManager;

/**
 * DDIM sampling back from the inverted noise with classifier-free guidance against the empty prompt: what editing needs
 * and what drifts off, the paper's baseline. Guidance multiplies the error that every inversion step left.
 */
public final class DdimCfgReconstruction implements Reconstruction {
    @Override
    public Reconstructed reconstruct(NDManager owner, Denoiser unet, Inversion inversion, double guidanceScale) {
        Guidance guidance = Guidance.of(owner, inversion.empty().get(), inversion.caption(), guidanceScale);
        return Reconstructed.of(DdimSampling.sample(
                owner, unet, inversion.steps(), inversion.trajectory().last(), guidance));
    }
}
