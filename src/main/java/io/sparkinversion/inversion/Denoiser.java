package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.AttentionControl;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.ControlledPrediction;
import io.sparkinversion.diffusion.FeatureCache;
import io.sparkinversion.diffusion.LossGradient;
import io.sparkinversion.diffusion.NoiseSchedule.Linear;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.SizeCondition;
import io.sparkinversion.diffusion.StableDiffusion;
import java.util.List;

/** The UNet as the algorithms use it, counting its evaluations. One batch of images, one thread. */
public final class Denoiser {
    private final StableDiffusion model;
    /** Null where every evaluation is a full one. */
    private final FeatureCache features;

    private final Guidance.Interval interval;
    private long evaluations;
    private long shallowEvaluations;
    private long gradients;

    public Denoiser(StableDiffusion model) {
        this(model, null, Guidance.Interval.ALL);
    }

    private Denoiser(StableDiffusion model, FeatureCache features, Guidance.Interval interval) {
        this.model = model;
        this.features = features;
        this.interval = interval;
    }

    /** The same UNet, counted anew, whose predictions are guided in an interval. */
    public Denoiser within(Guidance.Interval guided) {
        return new Denoiser(model, features, guided);
    }

    /** Whether a step is one of those that are guided. */
    public boolean guides(Step step) {
        return interval.contains(step, model.schedule().alphasCumprod().length);
    }

    /**
     * The same UNet, counted anew, whose steps share deep features.
     *
     * @param steps how many consecutive ones share them
     * @param owner of the features
     */
    Denoiser reusing(int steps, NDManager owner) {
        return new Denoiser(model, new FeatureCache(model.deepFeatures(), steps, owner), interval);
    }

    /** Counts what another has evaluated. */
    void count(Denoiser other) {
        evaluations += other.evaluations;
        shallowEvaluations += other.shallowEvaluations;
        gradients += other.gradients;
    }

    /** The UNet's output for latents {@code [B, C, h, w]} at one timestep. */
    public NDArray predict(NDManager owner, NDArray latent, Step step, Conditioning text) {
        evaluations += latent.getShape().get(0);
        if (features == null) {
            return model.predict(owner, latent, new int[] {step.timestep()}, text);
        }
        shallowEvaluations += features.has(step, text) ? latent.getShape().get(0) : 0;
        return features.predict(owner, latent, step, text);
    }

    /** The same with the attention of the last rows controlled. */
    public ControlledPrediction predict(
            NDManager owner, NDArray latent, Step step, Conditioning text, AttentionControl control) {
        evaluations += latent.getShape().get(0);
        return model.predict(owner, latent, step.timestep(), text, control);
    }

    /** See {@link StableDiffusion#embeddingGradient}; one evaluation and one gradient an image. */
    LossGradient embeddingGradient(
            NDManager owner,
            NDArray latent,
            Step step,
            NDArray embedding,
            List<SizeCondition> sizes,
            NDArray rest,
            double factor) {
        evaluations += latent.getShape().get(0);
        gradients += latent.getShape().get(0);
        return model.embeddingGradient(owner, latent, step.timestep(), embedding, sizes, rest, factor);
    }

    /** See {@link StableDiffusion#latentGradient}; one evaluation and one gradient an image. */
    LossGradient latentGradient(
            NDManager owner,
            NDArray latent,
            Step step,
            NDArray embedding,
            List<SizeCondition> sizes,
            double own,
            NDArray known,
            double factor) {
        evaluations += latent.getShape().get(0);
        gradients += latent.getShape().get(0);
        return model.latentGradient(owner, latent, step.timestep(), embedding, sizes, own, known, factor);
    }

    /** The UNet's output for latents {@code [B, C, h, w]}, each at a timestep of its own. */
    public NDArray predict(NDManager owner, NDArray latents, int[] timesteps, Conditioning text) {
        evaluations += latents.getShape().get(0);
        return model.predict(owner, latents, timesteps, text);
    }

    /** The UNet's keys and values for an embedding {@code [B, 77, D]}. */
    public Conditioning condition(NDManager owner, NDArray embedding) {
        return model.condition(owner, embedding);
    }

    /** The latent at the other end of a step. */
    public NDArray move(NDManager owner, NDArray latent, NDArray prediction, Linear step) {
        return model.combine(owner, latent, step.sample(), prediction, step.output());
    }

    /** Classifier-free guidance: negative + scale (positive - negative). */
    public NDArray guide(NDManager owner, NDArray negative, NDArray positive, double scale) {
        return model.combine(owner, negative, 1 - scale, positive, scale);
    }

    /** {@code a x + b y}. */
    public NDArray combine(NDManager owner, NDArray x, double a, NDArray y, double b) {
        return model.combine(owner, x, a, y, b);
    }

    /** The model itself; its evaluations are not counted. */
    public StableDiffusion model() {
        return model;
    }

    public NDManager newScope() {
        return model.newScope();
    }

    /** Forward passes so far, counted per image: a batch of 8 counts 8. */
    public long evaluations() {
        return evaluations;
    }

    /** Those of them that took the deep features of another, counted likewise. */
    public long shallowEvaluations() {
        return shallowEvaluations;
    }

    /** Backward passes so far, counted likewise. */
    public long gradients() {
        return gradients;
    }
}
