package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Virtual inversion by the denoising diffusion consistent model (InfEdit: Xu et al., arXiv 2312.04965). Nothing is
 * inverted: the source branch starts from noise, and at every step the noise that would lead from its latent to the image
 * is known, e_c = (x_s - sqrt(a) x_0) / sqrt(1-a). A target branch is sampled with that noise plus the difference of the
 * two branches' predictions. So the source is the image itself, whatever the number of steps.
 *
 * <p>As in the authors' code the variance of fresh noise is eta (1-a'), not DDIM's; the last step's estimate of the clean
 * latent is the result. They run 12 steps of a consistency model at guidance 1 for the source and 2.3 for the edit.
 *
 * @param guidance scale of classifier-free guidance for the source
 * @param strength share of the steps that is sampled; below 1 the branches start from the image with noise instead of
 *     noise alone
 * @param eta share of fresh noise in a step, 0 to 1
 * @param seed of the noises
 */
public record VirtualInversion(double guidance, double strength, double eta, long seed) implements Reconstruction {
    /**
     * @throws IllegalArgumentException if a number is out of its range
     */
    public VirtualInversion {
        Walk.requireStrength(strength);
        if (!(eta >= 0 && eta <= 1)) {
            throw new IllegalArgumentException("eta is " + eta + "; it must be 0 to 1");
        }
    }

    static VirtualInversion of(MethodSettings settings) {
        return new VirtualInversion(
                settings.number("guidance", 1, 0),
                Walk.strength(settings, 1),
                settings.number("eta", 1, 0),
                settings.whole("seed", 0, 0));
    }

    /** The image's own latent: the source branch never leaves it. */
    @Override
    public Reconstructed reconstruct(NDManager owner, Denoiser unet, Inversion inversion, double guidanceScale) {
        return Reconstructed.of(new Trajectory(List.of(inversion.trajectory().first())));
    }

    @Override
    public boolean usesInversion() {
        return false;
    }

    /** Which noise a draw gives, {@code [images, C, h, w]}: 0 the start's, i + 1 that of step i. */
    public interface Noises {
        NDArray at(NDManager owner, int draw);
    }

    /**
     * What a run passes.
     *
     * @param latents by step, {@code [K, C, h, w]} after it
     * @param clean by step, the branches' estimates of the clean latent
     */
    public record Run(List<NDArray> latents, List<NDArray> clean) {
        /** The branches' results. */
        public NDArray result() {
            return clean.get(clean.size() - 1);
        }
    }

    /**
     * The branches of images.
     *
     * @param steps those of {@link #sampled}
     * @param image x_0 {@code [images, C, h, w]}
     * @param branches of each image, the source's first
     * @param mover the branch with whose noise the source moves, which matters where eta is below 1: in the authors' code
     *     the mutual branch of unified attention control; without such a one 0, the source itself
     */
    public Run sample(
            NDManager owner,
            Denoiser unet,
            List<Step> steps,
            NDArray image,
            int branches,
            int mover,
            Noises noises,
            GuidedBranches predictions) {
        List<NDArray> latents = new ArrayList<>();
        List<NDArray> clean = new ArrayList<>();
        try (NDManager start = unet.newScope()) {
            NDArray noise = noises.at(start, 0);
            double alpha = steps.get(0).alpha();
            NDArray first =
                    strength < 1 ? unet.combine(start, image, Math.sqrt(alpha), noise, Math.sqrt(1 - alpha)) : noise;
            NDArray x = BatchRows.repeat(owner, first, branches);
            x.attach(owner);
            int rows = (int) x.getShape().get(0);
            int[] sources =
                    IntStream.range(0, rows).map(row -> row - row % branches).toArray();
            int[] directions = IntStream.range(0, rows)
                    .map(row -> row % branches == 0 ? row + mover : row)
                    .toArray();
            for (Step step : steps) {
                try (NDManager scope = unet.newScope()) {
                    Moved moved =
                            move(scope, unet, step, steps.size(), image, x, sources, directions, noises, predictions);
                    moved.clean().attach(owner);
                    clean.add(moved.clean());
                    x = predictions.afterStep(owner, moved.latents(), step);
                    x.attach(owner);
                    latents.add(x);
                }
            }
        }
        return new Run(latents, clean);
    }

    private record Moved(NDArray latents, NDArray clean) {}

    private Moved move(
            NDManager scope,
            Denoiser unet,
            Step step,
            int steps,
            NDArray image,
            NDArray x,
            int[] sourceRows,
            int[] directionRows,
            Noises noises,
            GuidedBranches predictions) {
        int branches = (int) (x.getShape().get(0) / image.getShape().get(0));
        double alpha = step.alpha();
        // The authors' last step stays at its level.
        double next = step.index() == steps - 1 ? alpha : step.alphaPrevious();
        NDArray output = predictions.predict(scope, x, step);
        NDArray e = unet.move(scope, x, output, step.noiseOf(true));
        NDArray sources = BatchRows.select(scope, x, sourceRows);
        NDArray difference = unet.combine(scope, e, 1, BatchRows.select(scope, e, sourceRows), -1);
        NDArray images = BatchRows.repeat(scope, image, branches);
        NDArray consistent = unet.combine(
                scope, sources, 1 / Math.sqrt(1 - alpha), images, -Math.sqrt(alpha) / Math.sqrt(1 - alpha));
        // x_0 + ((x_t - x_s) - sqrt(1-a) (e_t - e_s)) / sqrt(a)
        NDArray apart = unet.combine(scope, x, 1, sources, -1);
        NDArray moved = unet.combine(scope, apart, 1, difference, -Math.sqrt(1 - alpha));
        NDArray clean = unet.combine(scope, images, 1, moved, 1 / Math.sqrt(alpha));
        NDArray noise = unet.combine(scope, difference, 1, consistent, 1);
        NDArray directions = BatchRows.select(scope, noise, directionRows);
        double variance = 1 - next;
        NDArray mean = unet.combine(
                scope, clean, Math.sqrt(next), directions, Math.sqrt(Math.max(0, 1 - next - eta * variance)));
        NDArray fresh = BatchRows.repeat(scope, noises.at(scope, step.index() + 1), branches);
        return new Moved(unet.combine(scope, mean, 1, fresh, Math.sqrt(eta * variance)), clean);
    }

    /** The steps that are sampled, counted from 0. */
    public List<Step> sampled(List<Step> all) {
        return Walk.last(all, strength);
    }

    /**
     * The steps of the authors' scheduler for consistency models: from 50 timesteps 19, 39, ..., 999 every (50/N)th, from
     * the top.
     */
    public static List<Step> consistencySteps(NoiseSchedule schedule, int count) {
        int origin = 50;
        int train = schedule.alphasCumprod().length;
        int skip = origin / count;
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int timestep = train / origin * (origin - i * skip) - 1;
            int previous = i == count - 1 ? -1 : train / origin * (origin - (i + 1) * skip) - 1;
            steps.add(schedule.step(i, timestep, previous));
        }
        return steps;
    }
}
