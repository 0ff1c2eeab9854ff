package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;

/**
 * What the UNet predicts for the branches of an edit: latents that are sampled side by side, the source's first, then
 * those of its targets, each with a prompt of its own.
 */
public interface Branches {
    /**
     * The two halves of classifier-free guidance, not yet combined.
     *
     * @param latents {@code [K, C, h, w]}, one for each branch
     * @return the predictions for the negative prompts and for the prompts, each {@code [K, C, h, w]}
     */
    NDList predict(NDManager owner, NDArray latents, Step step);

    /** Where a guided step leads, before {@link #afterStep}. */
    default NDArray guidedStep(NDManager owner, Denoiser unet, NDArray latents, Step step, double guidanceScale) {
        NDList predictions = predict(owner, latents, step);
        NDArray guided = unet.guide(owner, predictions.get(0), predictions.get(1), guidanceScale);
        return unet.move(owner, latents, guided, step.denoise());
    }

    /**
     * These with a scale of classifier-free guidance each.
     *
     * @param scales {@code [K, 1, 1, 1]}
     */
    default GuidedBranches guided(NDArray scales) {
        return new GuidedBranches() {
            @Override
            public NDArray predict(NDManager owner, NDArray latents, Step step) {
                try (NDManager scope = owner.newSubManager()) {
                    NDList predictions = Branches.this.predict(scope, latents, step);
                    NDArray difference = predictions.get(1).sub(predictions.get(0));
                    NDArray result = predictions.get(0).add(difference.mul(scales));
                    result.attach(owner);
                    return result;
                }
            }

            @Override
            public NDArray afterStep(NDManager owner, NDArray latents, Step step) {
                return Branches.this.afterStep(owner, latents, step);
            }
        };
    }

    /** What becomes of the latents {@code [K, C, h, w]} that a step has led to, before the next step. */
    default NDArray afterStep(NDManager owner, NDArray latents, Step step) {
        return latents;
    }
}
