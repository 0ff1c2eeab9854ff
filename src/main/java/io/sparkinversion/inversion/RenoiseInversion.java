package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;

/**
 * ReNoise (Garibi et al., arXiv 2403.14602): fixed-point iterations whose last predictions are averaged. Each step
 * predicts the noise K + 1 times, each time at the latent that the prediction before led to; the step is then done with
 * the mean of those predictions whose numbers fall into a range. At the lowest noise (timesteps below 250) another range
 * counts and there are fewer iterations. Without the authors' regularisation of the noise and their noise correction.
 *
 * @param iterations K, renoising iterations a step
 * @param averaged at timesteps from 250 on
 * @param mostAtLowNoise the most iterations at lower timesteps
 * @param averagedAtLowNoise likewise
 */
public record RenoiseInversion(int iterations, Range averaged, int mostAtLowNoise, Range averagedAtLowNoise)
        implements Inverter {
    private static final int LOW_NOISE = 250;
    private static final int AUTHORS_MOST = 5;

    /**
     * Which predictions of a step are averaged; none where it lies beyond them.
     *
     * @param from the first, counted from 0
     * @param to the one after the last
     */
    public record Range(int from, int to) {
        private boolean contains(int prediction) {
            return prediction >= from && prediction < to;
        }
    }

    /** With the authors' settings at low noise. */
    public static RenoiseInversion of(int iterations, Range averaged) {
        return new RenoiseInversion(iterations, averaged, AUTHORS_MOST, new Range(0, AUTHORS_MOST));
    }

    @Override
    public Trajectory invert(NDManager owner, Denoiser unet, Inversion image) {
        return FixedPointInversion.walk(owner, unet, image, this::up);
    }

    private NDArray up(NDManager scope, Denoiser unet, NDArray below, Step step, Conditioning caption) {
        boolean low = step.timestep() < LOW_NOISE;
        int last = low ? Math.min(iterations, mostAtLowNoise) : iterations;
        NDArray y = below;
        NDArray mean = null;
        int count = 0;
        for (int i = 0; i <= last; i++) {
            NDArray noise = FixedPointInversion.noise(scope, unet, y, step, caption, i > 0);
            if ((low ? averagedAtLowNoise : averaged).contains(i)) {
                count++;
                mean = mean == null ? noise : unet.combine(scope, mean, (count - 1.0) / count, noise, 1.0 / count);
            }
            y = unet.move(scope, below, noise, step.addNoise());
        }
        return mean == null ? y : unet.move(scope, below, mean, step.addNoise());
    }

    @Override
    public int evaluationsPerStep() {
        return iterations + 1;
    }
}
