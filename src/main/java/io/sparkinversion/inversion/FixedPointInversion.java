package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * Fixed-point inversion (FPI: Garibi et al., arXiv 2312.12540, without its prompt-aware encoder). DDIM sampling leads
 * from z_t to z_{t-1} with the noise predicted at z_t, so exact inversion needs the z_t for which z_t = f(z_t), where
 * f(y) is the inversion step from z_{t-1} with the noise predicted at y. DDIM inversion is f(z_{t-1}); here f is applied
 * again and again.
 *
 * <p>With averaging it is AIDI's empirical acceleration (Pan et al., arXiv 2309.04907): y_{k+1} is the mean of f(y_k) and
 * f(y_{k-1}). That follows descriptions of the paper; its code is not public, and its Anderson variant is not built.
 *
 * @param iterations K, UNet evaluations a step; 1 is DDIM inversion
 * @param averaged whether two iterations are averaged
 */
public record FixedPointInversion(int iterations, boolean averaged) implements Inverter {

    @Override
    public Trajectory invert(NDManager owner, Denoiser unet, Inversion image) {
        return walk(owner, unet, image, this::up);
    }

    private NDArray up(NDManager scope, Denoiser unet, NDArray below, Step step, Conditioning caption) {
        NDArray y = below;
        NDArray before = null;
        for (int k = 0; k < iterations; k++) {
            NDArray noise = noise(scope, unet, y, step, caption, k > 0);
            NDArray f = unet.move(scope, below, noise, step.addNoise());
            y = averaged && before != null ? unet.combine(scope, f, 0.5, before, 0.5) : f;
            before = f;
        }
        return y;
    }

    @Override
    public int evaluationsPerStep() {
        return iterations;
    }

    /** One step of an inversion. */
    interface Up {
        /** From z_{t-1} to z_t; owned by the scope. */
        NDArray up(NDManager scope, Denoiser unet, NDArray below, Step step, Conditioning caption);
    }

    /** From z_0 to z_T, step by step. */
    static Trajectory walk(NDManager owner, Denoiser unet, Inversion image, Up step) {
        List<NDArray> latents = new ArrayList<>(List.of(image.trajectory().first()));
        for (int i = image.steps().size() - 1; i >= 0; i--) {
            try (NDManager scope = unet.newScope()) {
                NDArray z = step.up(
                        scope,
                        unet,
                        latents.get(latents.size() - 1),
                        image.steps().get(i),
                        image.caption());
                z.attach(owner);
                latents.add(z);
            }
        }
        return new Trajectory(latents);
    }

    /**
     * The noise that the UNet sees in a latent at the step's timestep.
     *
     * @param noisierEnd which end of the step the latent is taken to be at, for a UNet that predicts velocity
     */
    static NDArray noise(
            NDManager scope, Denoiser unet, NDArray latent, Step step, Conditioning caption, boolean noisierEnd) {
        NDArray output = unet.predict(scope, latent, step, caption);
        return unet.move(scope, latent, output, step.noiseOf(noisierEnd));
    }
}
