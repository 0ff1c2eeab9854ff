package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Exact inversion by EDICT, coupled transformations (Wallace et al., arXiv 2211.12446). Two latents are sampled in
 * turn, each with the noise that the UNet predicts for the other, so that either step can be undone when the other
 * latent is known; then each takes a share of the other, lest they part. Inversion undoes all of that, one equation at
 * a time. Which of the two goes first changes from step to step, as in the paper. Twice DDIM's evaluations, each way.
 *
 * <p>Inversion divides by p twice a step, so it drives the two apart where sampling brings them together: 0.93 does for
 * 50 steps, but with 100 the noise end is no noise any more, although the way back is still exact. More steps want p
 * nearer to 1.
 *
 * @param mixing what a latent keeps of itself, p in the paper; above 0, at most 1
 * @param guidance scale of classifier-free guidance against the empty prompt, in both directions; 1 for the caption
 *     alone
 */
public record EdictInversion(double mixing, double guidance) implements Reconstruction {

    /**
     * @throws IllegalArgumentException if {@code mixing} is out of its range
     */
    public EdictInversion {
        if (!(mixing > 0 && mixing <= 1)) {
            throw new IllegalArgumentException(
                    "method edict: mixing is " + mixing + "; it must be above 0 and at most 1");
        }
    }

    @Override
    public boolean usesInversion() {
        return false;
    }

    @Override
    public Reconstructed reconstruct(NDManager owner, Denoiser unet, Inversion inversion, double guidanceScale) {
        try (NDManager run = unet.newScope()) {
            NoisePrediction noise = NoisePrediction.of(run, unet, inversion, guidance);
            NDArray clean = inversion.trajectory().first();
            Pair pair = new Pair(NoisePrediction.widen(run, clean), NoisePrediction.widen(run, clean));
            List<Step> upwards = new ArrayList<>(inversion.steps());
            Collections.reverse(upwards);
            for (Step step : upwards) {
                pair = pair.replacedBy(invert(run, noise, step, pair));
            }
            List<NDArray> latents = new ArrayList<>(List.of(NoisePrediction.narrow(owner, pair.x())));
            for (Step step : inversion.steps()) {
                pair = pair.replacedBy(denoise(run, noise, step, pair));
                latents.add(NoisePrediction.narrow(owner, pair.x()));
            }
            return Reconstructed.of(new Trajectory(latents));
        }
    }

    /** The coupled latents, float64 {@code [B, C, h, w]}. */
    private record Pair(NDArray x, NDArray y) {
        /** The same the other way round, at every other step. */
        private Pair inTurn(Step step) {
            return step.index() % 2 == 0 ? this : new Pair(y, x);
        }

        private Pair replacedBy(Pair next) {
            x.close();
            y.close();
            return next;
        }
    }

    private Pair denoise(NDManager run, NoisePrediction noise, Step step, Pair pair) {
        Denoiser unet = noise.unet();
        try (NDManager scope = unet.newScope()) {
            Pair start = pair.inTurn(step);
            NDArray first = down(scope, noise, step, start.x(), start.y(), step.alpha());
            NDArray second = down(scope, noise, step, start.y(), first, step.alphaPrevious());
            Pair moved = new Pair(first, second).inTurn(step);
            NDArray x = unet.combine(run, moved.x(), mixing, moved.y(), 1 - mixing);
            NDArray y = unet.combine(run, moved.y(), mixing, x, 1 - mixing);
            return new Pair(x, y);
        }
    }

    private Pair invert(NDManager run, NoisePrediction noise, Step step, Pair pair) {
        Denoiser unet = noise.unet();
        try (NDManager scope = unet.newScope()) {
            NDArray y = unet.combine(scope, pair.y(), 1 / mixing, pair.x(), (mixing - 1) / mixing);
            NDArray x = unet.combine(scope, pair.x(), 1 / mixing, y, (mixing - 1) / mixing);
            Pair moved = new Pair(x, y).inTurn(step);
            NDArray second = up(run, noise, step, moved.y(), moved.x(), step.alphaPrevious());
            NDArray first = up(run, noise, step, moved.x(), second, step.alpha());
            return new Pair(first, second).inTurn(step);
        }
    }

    /** A DDIM step towards the image with the noise of the other latent, which is at {@code level}. */
    private static NDArray down(
            NDManager owner, NoisePrediction noise, Step step, NDArray latent, NDArray other, double level) {
        try (NDManager scope = noise.unet().newScope()) {
            NDArray prediction = noise.predict(scope, other, step, level);
            return noise.unet().combine(owner, latent, scale(step), prediction, share(step));
        }
    }

    /** Undoes {@link #down}. */
    private static NDArray up(
            NDManager owner, NoisePrediction noise, Step step, NDArray latent, NDArray other, double level) {
        try (NDManager scope = noise.unet().newScope()) {
            NDArray prediction = noise.predict(scope, other, step, level);
            return noise.unet().combine(owner, latent, 1 / scale(step), prediction, -share(step) / scale(step));
        }
    }

    /** a_t in the paper. */
    private static double scale(Step step) {
        return Math.sqrt(step.alphaPrevious() / step.alpha());
    }

    /** b_t in the paper. */
    private static double share(Step step) {
        return Math.sqrt(1 - step.alphaPrevious()) - scale(step) * Math.sqrt(1 - step.alpha());
    }
}
