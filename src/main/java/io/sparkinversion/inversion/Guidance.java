package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;

/**
 * Classifier-free guidance (arXiv 2207.12598): negative + scale (positive - negative). Where the two prompts are the
 * same, or the scale is 1, that is the positive prediction whatever the rest: then, and only then, the UNet runs once
 * per step instead of twice.
 */
public final class Guidance {
    private final Conditioning positive;
    private final Conditioning both;
    private final double scale;

    private Guidance(Conditioning positive, Conditioning both, double scale) {
        this.positive = positive;
        this.both = both;
        this.scale = scale;
    }

    /**
     * @param owner owns what is prepared here, for all steps
     * @param scale 1 means no guidance
     */
    public static Guidance of(NDManager owner, Conditioning negative, Conditioning positive, double scale) {
        boolean collapses = scale == 1 || negative.sameAs(positive);
        return new Guidance(positive, collapses ? null : BatchRows.join(owner, negative, positive), scale);
    }

    /** Whether one evaluation a step is enough. */
    public boolean collapses() {
        return both == null;
    }

    /** The guided prediction for latents {@code [B, C, h, w]}. */
    public NDArray predict(NDManager owner, Denoiser unet, NDArray latent, Step step) {
        if (collapses()) {
            return unet.predict(owner, latent, step, positive);
        }
        try (NDManager scope = unet.newScope()) {
            NDArray twice = BatchRows.join(scope, latent, latent);
            NDArray predictions = unet.predict(scope, twice, step, both);
            NDList halves = predictions.split(2);
            halves.attach(scope);
            return unet.guide(owner, halves.get(0), halves.get(1), scale);
        }
    }
}
