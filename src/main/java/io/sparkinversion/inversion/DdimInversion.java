package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * DDIM inversion (arXiv 2105.05233, section F; 2010.02502): the deterministic sampler run backwards from an image's
 * latent z_0 to the noise z_T, at guidance 1 with the image's caption. Every step assumes that the noise predicted at
 * its cleaner end would also be predicted at its noisier end; what that assumption costs is what the reconstruction
 * methods differ in.
 */
public final class DdimInversion {
    private DdimInversion() {}

    /**
     * @param steps in denoising order, as the schedule gives them
     * @param latent z_0 {@code [B, C, h, w]}
     * @return z_0, z_1, ..., z_T; all but z_0 belong to {@code owner}
     */
    public static Trajectory invert(
            NDManager owner, Denoiser unet, List<Step> steps, NDArray latent, Conditioning caption) {
        List<NDArray> latents = new ArrayList<>(List.of(latent));
        NDArray z = latent;
        for (int i = steps.size() - 1; i >= 0; i--) {
            Step step = steps.get(i);
            try (NDManager scope = unet.newScope()) {
                NDArray prediction = unet.predict(scope, z, step, caption);
                z = unet.move(owner, z, prediction, step.invert());
            }
            latents.add(z);
        }
        return new Trajectory(latents);
    }
}
