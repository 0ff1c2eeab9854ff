package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import java.io.Serializable;

/**
 * Classifier-free guidance (arXiv 2207.12598): negative + scale (positive - negative). Where the two prompts are the
 * same, or the scale is 1, that is the positive prediction whatever the rest: then, and only then, the UNet runs once
 * per step instead of twice. Likewise at the steps outside of the denoiser's {@link Interval}.
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

    /**
     * Guidance in a part of the noise levels (Kynkäänniemi et al., arXiv 2404.07724): at others the prediction for the
     * prompt alone is taken. A step is at {@code 1 - t / T}, with its timestep t of T in the training: 0 is noise, 1 the
     * image, whatever the number of steps.
     *
     * @param from where guidance begins, 0 or more
     * @param to where it ends, at most 1; both included
     */
    public record Interval(double from, double to) implements Serializable {
        /** Guidance at every step. */
        public static final Interval ALL = new Interval(0, 1);

        /** @throws IllegalArgumentException if the numbers are out of their range or order */
        public Interval {
            if (!(from >= 0 && from <= to && to <= 1)) {
                throw new IllegalArgumentException("guidance from " + from + " to " + to
                        + "; these are shares of the way from noise to image, from 0 to 1, the smaller first");
            }
        }

        /**
         * From {@code A:B}.
         *
         * @throws IllegalArgumentException if the text is not of this form
         */
        public static Interval parse(String text) {
            String[] parts = text.split(":", -1);
            try {
                if (parts.length == 2) {
                    return new Interval(Double.parseDouble(parts[0]), Double.parseDouble(parts[1]));
                }
            } catch (NumberFormatException e) {
                // said below
            }
            throw new IllegalArgumentException("guidance interval is '" + text + "'; expected A:B such as 0.2:0.8");
        }

        boolean contains(Step step, int timesteps) {
            double position = 1 - (double) step.timestep() / timesteps;
            return position >= from && position <= to;
        }
    }

    /** A method that is guided in an interval. */
    public record Within(Reconstruction method, Interval interval) implements Reconstruction {
        @Override
        public Reconstructed reconstruct(NDManager owner, Denoiser unet, Inversion inversion, double guidanceScale) {
            Denoiser within = unet.within(interval);
            Reconstructed result = method.reconstruct(owner, within, inversion, guidanceScale);
            unet.count(within);
            return result;
        }

        @Override
        public boolean usesInversion() {
            return method.usesInversion();
        }

        @Override
        public boolean usesGradient() {
            return method.usesGradient();
        }

        @Override
        public int walks() {
            return method.walks();
        }
    }

    /** Whether one evaluation a step is enough. */
    public boolean collapses() {
        return both == null;
    }

    /** The guided prediction for latents {@code [B, C, h, w]}. */
    public NDArray predict(NDManager owner, Denoiser unet, NDArray latent, Step step) {
        if (collapses() || !unet.guides(step)) {
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
