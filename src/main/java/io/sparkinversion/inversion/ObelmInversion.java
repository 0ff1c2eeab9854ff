package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Exact inversion by O-BELM, the optimal bidirectional explicit linear multistep sampler (Wang et al., arXiv
 * 2410.07273). With x' = x / sqrt(a) and s = sqrt((1-a)/a) the sampler's differential equation is dx'/ds = noise. The
 * Taylor expansions of x' at level i towards its two neighbours, h_i = s_i - s_(i-1) away on the cleaner and h_(i+1) on
 * the noisier side, share a second-order term; without it one identity of third-order accuracy remains:
 *
 * <pre>x'_(i-1) = r² x'_(i+1) + (1 - r²) x'_i - r (h_i + h_(i+1)) noise(x_i),  r = h_i / h_(i+1)</pre>
 *
 * Sampling solves it for x'_(i-1), inversion for x'_(i+1); both evaluate the UNet at the same x_i, so nothing is lost.
 * What inversion arrives at is a pair, z_T and the latent one level below it. It begins with one DDIM step.
 *
 * <p>Sampling damps what departs from the solution by r a step, inversion grows it by 1/r, that is by h_T / h_1 in all.
 *
 * <p>The authors end at the image without any noise (alphas_cumprod of level 0 is 1, whatever the scheduler says) and
 * space their timesteps evenly from 0 to 999. They edit with the last 150 of 200 steps at guidance 2 against the empty
 * prompt, in both directions.
 *
 * @param cleanEnd whether level 0 is without noise, else it is the schedule's
 * @param grid the timesteps
 */
public record ObelmInversion(CoupledSettings settings, boolean cleanEnd, Grid grid) implements CoupledInversion {
    /** What the UNet is told at level 0, as in the authors' code. */
    private static final int LOWEST_TIMESTEP = 1;

    /** How the timesteps are spaced. */
    public enum Grid {
        /** As in all other methods. */
        LEADING,
        /** Evenly from 0 to the last one. */
        LINSPACE
    }

    @Override
    public List<Step> steps(Denoiser unet, List<Step> all) {
        List<Step> steps =
                new ArrayList<>(grid == Grid.LINSPACE ? unet.model().schedule().linspaceSteps(all.size()) : all);
        if (cleanEnd) {
            steps.add(steps.remove(steps.size() - 1).withAlphaPrevious(1));
        }
        return settings.steps(steps);
    }

    /** The latents over sqrt(a): z_T's and, second, that of the level below. */
    @Override
    public LatentPair invert(
            NDManager owner, Denoiser unet, GuidedBranches branches, List<Step> steps, NDArray latent) {
        return Levels.of(steps).invert(owner, new NoisePrediction(unet, branches), latent);
    }

    @Override
    public Trajectory sample(
            NDManager owner, Denoiser unet, GuidedBranches branches, List<Step> steps, LatentPair noiseEnd) {
        try (NDManager run = unet.newScope()) {
            NoisePrediction noise = new NoisePrediction(unet, branches);
            return Levels.of(steps).sample(owner, run, noise, noiseEnd.copy(run));
        }
    }

    /**
     * The identity solved for one of the outer levels.
     *
     * @param other weight of the scaled latent at the other outer level
     * @param middle weight of that between
     * @param noise weight of the noise there
     */
    record Weights(double other, double middle, double noise) {
        /** For the cleaner level, h_i away; the noisier is h_(i+1) away. */
        static Weights ofCleaner(double cleanerWidth, double noisierWidth) {
            return of(cleanerWidth / noisierWidth, -(cleanerWidth + noisierWidth));
        }

        /** For the noisier level. */
        static Weights ofNoisier(double cleanerWidth, double noisierWidth) {
            return of(noisierWidth / cleanerWidth, cleanerWidth + noisierWidth);
        }

        private static Weights of(double ratio, double span) {
            return new Weights(ratio * ratio, 1 - ratio * ratio, ratio * span);
        }
    }

    /**
     * @param steps the step that leads to level i from below is element i - 1
     * @param alphas of the levels 0 to T
     * @param scaledSigmas likewise
     */
    private record Levels(List<Step> steps, double[] alphas, double[] scaledSigmas) {

        static Levels of(List<Step> denoising) {
            // A step between equal levels, at a schedule's end, moves nothing and has no inverse here.
            List<Step> steps = new ArrayList<>(denoising.stream()
                    .filter(step -> step.alpha() != step.alphaPrevious())
                    .toList());
            Collections.reverse(steps);
            double[] alphas = new double[steps.size() + 1];
            double[] scaledSigmas = new double[alphas.length];
            for (int i = 0; i < alphas.length; i++) {
                alphas[i] =
                        i == 0 ? steps.get(0).alphaPrevious() : steps.get(i - 1).alpha();
                scaledSigmas[i] = Math.sqrt((1 - alphas[i]) / alphas[i]);
            }
            return new Levels(steps, alphas, scaledSigmas);
        }

        private int top() {
            return steps.size();
        }

        /** h_i. */
        private double width(int level) {
            return scaledSigmas[level] - scaledSigmas[level - 1];
        }

        private LatentPair invert(NDManager run, NoisePrediction noise, NDArray latent) {
            LatentPair pair;
            try (NDManager scope = noise.unet().newScope()) {
                NDArray clean = NoisePrediction.widen(scope, latent);
                NDArray below = noise.unet().combine(run, clean, 1 / Math.sqrt(alphas[0]), clean, 0);
                NDArray prediction = noise.predict(scope, clean, steps.get(0).withTimestep(LOWEST_TIMESTEP), alphas[0]);
                pair = new LatentPair(noise.unet().combine(run, below, 1, prediction, width(1)), below);
            }
            for (int level = 1; level < top(); level++) {
                Weights weights = Weights.ofNoisier(width(level), width(level + 1));
                NDArray above = leap(run, noise, level, weights, pair.second(), pair.first());
                pair = pair.replacedBy(new LatentPair(above, pair.first()));
            }
            return pair;
        }

        private Trajectory sample(NDManager owner, NDManager run, NoisePrediction noise, LatentPair noiseEnd) {
            LatentPair pair = noiseEnd;
            List<NDArray> latents = new ArrayList<>();
            latents.add(unscaled(owner, noise, pair.first(), top()));
            latents.add(unscaled(owner, noise, pair.second(), top() - 1));
            for (int level = top() - 1; level > 0; level--) {
                Weights weights = Weights.ofCleaner(width(level), width(level + 1));
                NDArray below = leap(run, noise, level, weights, pair.first(), pair.second());
                LatentPair moved = new LatentPair(pair.second(), below);
                LatentPair next = moved.after(run, noise.branches(), steps.get(level - 1));
                if (next.second() != below) {
                    below.close();
                }
                pair = pair.replacedBy(next);
                latents.add(unscaled(owner, noise, pair.second(), level - 1));
            }
            return new Trajectory(latents);
        }

        /** From one neighbour of a level to the other. */
        private NDArray leap(
                NDManager run, NoisePrediction noise, int level, Weights weights, NDArray other, NDArray middle) {
            Denoiser unet = noise.unet();
            try (NDManager scope = unet.newScope()) {
                NDArray latent = unet.combine(scope, middle, Math.sqrt(alphas[level]), middle, 0);
                NDArray prediction = noise.predict(scope, latent, steps.get(level - 1), alphas[level]);
                NDArray known = unet.combine(scope, other, weights.other(), middle, weights.middle());
                return unet.combine(run, known, 1, prediction, weights.noise());
            }
        }

        private NDArray unscaled(NDManager owner, NoisePrediction noise, NDArray latent, int level) {
            try (NDManager scope = noise.unet().newScope()) {
                return NoisePrediction.narrow(
                        owner, noise.unet().combine(scope, latent, Math.sqrt(alphas[level]), latent, 0));
            }
        }
    }
}
