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
 * <p>The authors edit with the last 0.8 of 50 steps at guidance 3 against the empty prompt, in both directions.
 *
 * <p>Inversion divides by p twice a step, so it drives the two apart where sampling brings them together: 0.93 does for
 * 50 steps, but with 100 the noise end is no noise any more, although the way back is still exact. More steps want p
 * nearer to 1.
 *
 * @param mixing what a latent keeps of itself, p in the paper; above 0, at most 1
 */
public record EdictInversion(double mixing, CoupledSettings settings) implements CoupledInversion {

    /**
     * @throws IllegalArgumentException if {@code mixing} is out of its range
     */
    public EdictInversion {
        if (!(mixing > 0 && mixing <= 1)) {
            throw new IllegalArgumentException("mixing is " + mixing + "; it must be above 0 and at most 1");
        }
    }

    @Override
    public LatentPair invert(
            NDManager owner, Denoiser unet, GuidedBranches branches, List<Step> steps, NDArray latent) {
        NoisePrediction noise = new NoisePrediction(unet, branches);
        LatentPair pair = new LatentPair(NoisePrediction.widen(owner, latent), NoisePrediction.widen(owner, latent));
        List<Step> upwards = new ArrayList<>(steps);
        Collections.reverse(upwards);
        for (Step step : upwards) {
            pair = pair.replacedBy(up(owner, noise, step, pair));
        }
        return pair;
    }

    @Override
    public Trajectory sample(
            NDManager owner, Denoiser unet, GuidedBranches branches, List<Step> steps, LatentPair noiseEnd) {
        NoisePrediction noise = new NoisePrediction(unet, branches);
        try (NDManager run = unet.newScope()) {
            LatentPair pair = noiseEnd.copy(run);
            List<NDArray> latents = new ArrayList<>(List.of(NoisePrediction.narrow(owner, pair.first())));
            for (Step step : steps) {
                pair = pair.replacedBy(down(run, noise, step, pair));
                latents.add(NoisePrediction.narrow(owner, pair.first()));
            }
            return new Trajectory(latents);
        }
    }

    private LatentPair down(NDManager run, NoisePrediction noise, Step step, LatentPair pair) {
        Denoiser unet = noise.unet();
        try (NDManager scope = unet.newScope()) {
            LatentPair start = pair.inTurn(step);
            NDArray first = down(scope, noise, step, start.first(), start.second(), step.alpha());
            NDArray second = down(scope, noise, step, start.second(), first, step.alphaPrevious());
            LatentPair moved = new LatentPair(first, second).inTurn(step);
            NDArray x = unet.combine(scope, moved.first(), mixing, moved.second(), 1 - mixing);
            NDArray y = unet.combine(scope, moved.second(), mixing, x, 1 - mixing);
            return new LatentPair(x, y).after(run, noise.branches(), step);
        }
    }

    private LatentPair up(NDManager run, NoisePrediction noise, Step step, LatentPair pair) {
        Denoiser unet = noise.unet();
        try (NDManager scope = unet.newScope()) {
            NDArray y = unet.combine(scope, pair.second(), 1 / mixing, pair.first(), (mixing - 1) / mixing);
            NDArray x = unet.combine(scope, pair.first(), 1 / mixing, y, (mixing - 1) / mixing);
            LatentPair moved = new LatentPair(x, y).inTurn(step);
            NDArray second = up(run, noise, step, moved.second(), moved.first(), step.alphaPrevious());
            NDArray first = up(run, noise, step, moved.first(), second, step.alpha());
            return new LatentPair(first, second).inTurn(step);
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
