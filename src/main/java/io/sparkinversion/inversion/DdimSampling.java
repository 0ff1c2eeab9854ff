package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import java.util.ArrayList;
import java.util.List;

/** DDIM sampling (arXiv 2010.02502, eta 0): from noise z_T down to a clean latent, guided by prompts. */
public final class DdimSampling {
    private DdimSampling() {}

    /**
     * @param steps in denoising order
     * @param noise z_T {@code [B, C, h, w]}
     * @return z_T, then the latent after every step; all but z_T belong to {@code owner}
     */
    public static Trajectory sample(
            NDManager owner, Denoiser unet, List<Step> steps, NDArray noise, Guidance guidance) {
        List<NDArray> latents = new ArrayList<>(List.of(noise));
        NDArray z = noise;
        for (Step step : steps) {
            try (NDManager scope = unet.newScope()) {
                NDArray prediction = guidance.predict(scope, unet, z, step);
                z = unet.move(owner, z, prediction, step.denoise());
            }
            latents.add(z);
        }
        return new Trajectory(latents);
    }
}
