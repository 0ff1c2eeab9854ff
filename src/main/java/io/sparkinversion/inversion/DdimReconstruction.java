package io.sparkinversion.inversion;

import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;

/** DDIM sampling back from the inverted noise with the caption at guidance 1: no null text is involved. */
public final class DdimReconstruction implements Reconstruction {
    private static final double NO_GUIDANCE = 1;

    @Override
    public Reconstructed reconstruct(NDManager owner, Denoiser unet, Inversion inversion, double guidanceScale) {
        Conditioning caption = inversion.caption();
        Guidance guidance = Guidance.of(owner, caption, caption, NO_GUIDANCE);
        return Reconstructed.of(DdimSampling.sample(
                owner, unet, inversion.steps(), inversion.trajectory().last(), guidance));
    }
}
