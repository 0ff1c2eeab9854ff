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
 *
 * <p>At another guidance the prediction is u + a (c - u), with u that for the empty prompt and c that for the caption,
 * as in PnPInversion's table of inverse and forward guidance (arXiv 2310.01506); a = 0 is the empty prompt alone.
 *
 * @param guidance a
 */
public record DdimInversion(double guidance) implements Inverter {
    /** At guidance 1, the inversion that methods share. */
    public static final DdimInversion SHARED = new DdimInversion(1);

    @Override
    public Trajectory invert(NDManager owner, Denoiser unet, Inversion image) {
        NDArray clean = image.trajectory().first();
        if (guidance == 0) {
            return invert(owner, unet, image.steps(), clean, image.empty().get());
        }
        try (NDManager prompts = unet.newScope()) {
            Conditioning negative =
                    guidance == 1 ? image.caption() : image.empty().get();
            Guidance guided = Guidance.of(prompts, negative, image.caption(), guidance);
            return invert(owner, unet, image.steps(), clean, guided);
        }
    }

    @Override
    public int evaluationsPerStep() {
        return guidance == 0 || guidance == 1 ? 1 : 2;
    }

    /**
     * @param steps in denoising order, as the schedule gives them
     * @param latent z_0 {@code [B, C, h, w]}
     * @return z_0, z_1, ..., z_T; all but z_0 belong to {@code owner}
     */
    public static Trajectory invert(
            NDManager owner, Denoiser unet, List<Step> steps, NDArray latent, Conditioning caption) {
        return invert(owner, unet, steps, latent, Guidance.of(owner, caption, caption, 1));
    }

    private static Trajectory invert(
            NDManager owner, Denoiser unet, List<Step> steps, NDArray latent, Guidance guidance) {
        List<NDArray> latents = new ArrayList<>(List.of(latent));
        NDArray z = latent;
        for (int i = steps.size() - 1; i >= 0; i--) {
            Step step = steps.get(i);
            try (NDManager scope = unet.newScope()) {
                NDArray prediction = guidance.predict(scope, unet, z, step);
                z = unet.move(owner, z, prediction, step.invert());
            }
            latents.add(z);
        }
        return new Trajectory(latents);
    }
}
