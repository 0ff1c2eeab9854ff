package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.sparkinversion.diffusion.NoiseSchedule.Step;

/**
 * The noise that a guided UNet sees in latents of float64. Exactly invertible samplers keep their latents so: rounding
 * errors of float64 are lost when a latent becomes the UNet's float32 input, so the way back meets the same input, bit
 * for bit, and with it the same prediction. In float32 each step's rounding would change the next prediction.
 */
record NoisePrediction(Denoiser unet, GuidedBranches branches) {

    /** Float64 copy of a latent. */
    static NDArray widen(NDManager owner, NDArray latent) {
        return converted(owner, latent, DataType.FLOAT64);
    }

    /** Float32 copy. */
    static NDArray narrow(NDManager owner, NDArray latent) {
        return converted(owner, latent, DataType.FLOAT32);
    }

    private static NDArray converted(NDManager owner, NDArray latent, DataType type) {
        NDArray result = latent.toType(type, true);
        result.attach(owner);
        return result;
    }

    /**
     * @param latent float64 {@code [B, C, h, w]}
     * @param step whose timestep the UNet is told
     * @param level alphas_cumprod of the latent itself, which turns a predicted velocity into noise
     */
    NDArray predict(NDManager owner, NDArray latent, Step step, double level) {
        try (NDManager scope = unet.newScope()) {
            NDArray prediction = branches.predict(owner, narrow(scope, latent), step);
            return switch (step.predictionType()) {
                case EPSILON -> prediction;
                case V_PREDICTION -> unet.combine(owner, latent, Math.sqrt(1 - level), prediction, Math.sqrt(level));
            };
        }
    }
}
