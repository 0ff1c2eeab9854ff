package io.sparkinversion.inversion;

import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;

/**
 * DDIM sampling back from the inverted noise.
 *
 * @param guided false: with the caption at guidance 1, no null text is involved. True: with classifier-free guidance
 *     against the empty prompt, which is what editing needs and what drifts off, the paper's baseline: guidance
 *     multiplies the error that every inversion step left
 */
public record DdimReconstruction(boolean guided) implements Reconstruction {
    private static final double NO_GUIDANCE = 1;

    @Override
    public Reconstructed reconstruct(NDManager owner, Denoiser unet, Inversion inversion, double guidanceScale) {
        Conditioning caption = inversion.caption();
        Guidance guidance = guided
                ? Guidance.of(owner, inversion.empty().get(), caption, guidanceScale)
                : Guidance.of(owner, caption, caption, NO_GUIDANCE);
        return Reconstructed.of(DdimSampling.sample(
                owner, unet, inversion.steps(), inversion.trajectory().last(), guidance));
    }
}
