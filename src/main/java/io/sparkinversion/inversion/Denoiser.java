package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Linear;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.StableDiffusion;

/** The UNet as the algorithms use it, counting its evaluations. One batch of images, one thread. */
public final class Denoiser {
    private final StableDiffusion model;
    private long evaluations;

    public Denoiser(StableDiffusion model) {
        this.model = model;
    }

    /** The UNet's output for latents {@code [B, C, h, w]} at one timestep. */
    public NDArray predict(NDManager owner, NDArray latent, Step step, Conditioning text) {
        evaluations += latent.getShape().get(0);
        return model.predict(owner, latent, new int[] {step.timestep()}, text);
    }

    /** The latent at the other end of a step. */
    public NDArray move(NDManager owner, NDArray latent, NDArray prediction, Linear step) {
        return model.combine(owner, latent, step.sample(), prediction, step.output());
    }

    /** {@code a x + b y}. */
    public NDArray combine(NDManager owner, NDArray x, double a, NDArray y, double b) {
        return model.combine(owner, x, a, y, b);
    }

    public NDManager newScope() {
        return model.newScope();
    }

    /** UNet evaluations so far, counted per image: a batch of 8 counts 8. */
    public long evaluations() {
        return evaluations;
    }
}
