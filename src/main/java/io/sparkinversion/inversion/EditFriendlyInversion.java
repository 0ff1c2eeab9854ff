package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Linear;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.NoiseSchedule.Stochastic;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Edit-friendly DDPM inversion (Huberman-Spiegelglas et al., arXiv 2304.06140). Each level's latent is the image with an
 * independent noise: x_k = sqrt(a) x_0 + sqrt(1-a) noise. Then the noise map z that a DDPM step needs to lead from x_k to
 * x_{k-1} is computed: z = (x_{k-1} - mu(x_k)) / sigma. Sampling with these maps leads back, and with another prompt it
 * edits. The predictions for all levels do not depend on each other, so they are computed as one batch over timesteps.
 *
 * <p>As in the authors' code the last map, of the step to level 0, is set to zero, so that the reconstruction is not
 * exact there; the direction is sqrt(1-a'-eta sigma^2) and the noise eta sigma, which is DDIM's at eta 0 and 1 only.
 * Their editing skips 36 of 100 steps, at guidance 3.5 for the image and 15 for the edit.
 *
 * @param guidance scale of classifier-free guidance for the caption
 * @param strength share of the steps that is sampled, 1 minus the authors' skip; all levels are inverted
 * @param eta share of a DDPM step's noise, above 0
 * @param seed of the noises
 */
public record EditFriendlyInversion(double guidance, double strength, double eta, long seed) implements Reconstruction {
    /** Rows of the batch over timesteps, the empty prompt's included. */
    private static final int ROWS = 16;

    /**
     * @throws IllegalArgumentException if a number is out of its range
     */
    public EditFriendlyInversion {
        Walk.requireStrength(strength);
        if (!(eta > 0 && eta <= 1)) {
            throw new IllegalArgumentException("eta is " + eta + "; it must be above 0 and at most 1");
        }
    }

    static EditFriendlyInversion of(MethodSettings settings) {
        return new EditFriendlyInversion(
                settings.number("guidance", 3.5, 0),
                Walk.strength(settings, 0.64),
                settings.number("eta", 1, 0),
                settings.whole("seed", 0, 0));
    }

    /**
     * @param latents x_k by level, 0 to N, each {@code [B, C, h, w]}
     * @param maps z by the level that a step leads to, 0 to N - 1, likewise
     */
    public record Extracted(List<NDArray> latents, List<NDArray> maps) {}

    /** Draws the noises and extracts the maps that lead back from them; all belong to {@code owner}. */
    public Extracted extract(NDManager owner, Denoiser unet, Inversion image) {
        List<NDArray> noises = IntStream.range(0, image.steps().size())
                .mapToObj(draw ->
                        image.noise().at(owner, seed, draw, image.trajectory().first()))
                .toList();
        return extract(owner, unet, image, noises);
    }

    /** @param noises by level, 1 to N */
    public Extracted extract(NDManager owner, Denoiser unet, Inversion image, List<NDArray> noises) {
        List<Step> steps = image.steps();
        int levels = steps.size();
        NDArray clean = image.trajectory().first();
        List<NDArray> latents = new ArrayList<>(List.of(clean));
        for (int level = 1; level <= levels; level++) {
            double alpha = steps.get(levels - level).alpha();
            latents.add(unet.combine(owner, clean, Math.sqrt(alpha), noises.get(level - 1), Math.sqrt(1 - alpha)));
        }
        List<NDArray> maps = new ArrayList<>();
        try (NDManager scope = unet.newScope()) {
            NDArray last = clean.zerosLike();
            last.attach(owner);
            maps.add(last);
            List<NDArray> predictions = predictions(scope, unet, image, latents);
            for (int level = 2; level <= levels; level++) {
                Stochastic step = step(steps.get(levels - level));
                NDArray mean = unet.move(scope, latents.get(level), predictions.get(level - 1), step.mean());
                double deviation = step.deviation();
                maps.add(unet.combine(owner, latents.get(level - 1), 1 / deviation, mean, -1 / deviation));
            }
        }
        return new Extracted(latents, maps);
    }

    /** Guided outputs for the levels 1 to N; the lowest, whose map is zero, is not needed and null. */
    private List<NDArray> predictions(NDManager scope, Denoiser unet, Inversion image, List<NDArray> latents) {
        List<Step> steps = image.steps();
        int levels = steps.size();
        int images = (int) latents.get(0).getShape().get(0);
        boolean guided = guidance != 1 && !image.empty().get().sameAs(image.caption());
        Conditioning text = guided ? BatchRows.join(scope, image.empty().get(), image.caption()) : image.caption();
        int rows = images * (guided ? 2 : 1);
        int together = Math.max(1, ROWS / rows);
        List<NDArray> predictions = new ArrayList<>();
        predictions.add(null);
        for (int from = 2; from <= levels; from += together) {
            int to = Math.min(levels + 1, from + together);
            try (NDManager chunk = unet.newScope()) {
                int[] texts = new int[(to - from) * rows];
                int[] timesteps = new int[texts.length];
                NDArray batch = null;
                for (int level = from; level < to; level++) {
                    int at = (level - from) * rows;
                    for (int row = 0; row < rows; row++) {
                        texts[at + row] = row;
                        timesteps[at + row] = steps.get(levels - level).timestep();
                    }
                    NDArray latent = latents.get(level);
                    NDArray both = guided ? BatchRows.join(chunk, latent, latent) : latent;
                    batch = batch == null ? both : BatchRows.join(chunk, batch, both);
                }
                NDArray output = unet.predict(
                        chunk, Objects.requireNonNull(batch), timesteps, BatchRows.select(chunk, text, texts));
                for (int level = from; level < to; level++) {
                    long at = (long) (level - from) * rows;
                    NDArray first = BatchRows.slice(chunk, output, at, at + images);
                    double scale = unet.guides(steps.get(levels - level)) ? guidance : 1;
                    NDArray prediction = guided
                            ? unet.guide(scope, first, BatchRows.slice(chunk, output, at + images, at + rows), scale)
                            : first;
                    prediction.attach(scope);
                    predictions.add(prediction);
                }
            }
        }
        return predictions;
    }

    /** A step with the share of noise that the authors' code has. */
    public Stochastic step(Step step) {
        double full = step.denoise(1).deviation();
        double variance = full * full;
        double direction = Math.sqrt(1 - step.alphaPrevious() - eta * variance);
        Linear clean = step.clean();
        Linear noise = step.noiseOf(true);
        double signal = Math.sqrt(step.alphaPrevious());
        Linear mean = new Linear(
                signal * clean.sample() + direction * noise.sample(),
                signal * clean.output() + direction * noise.output());
        return new Stochastic(mean, eta * full);
    }

    /** The steps that are sampled, counted from 0. */
    public List<Step> sampled(List<Step> all) {
        return Walk.last(all, strength);
    }

    @Override
    public Reconstructed reconstruct(NDManager owner, Denoiser unet, Inversion inversion, double guidanceScale) {
        Extracted extracted = extract(owner, unet, inversion);
        GuidedBranches captions = GuidedBranches.ofCaptions(owner, unet, inversion, guidance);
        List<Step> steps = sampled(inversion.steps());
        NDArray start = extracted.latents().get(steps.size());
        return Reconstructed.of(sample(owner, unet, steps, start, extracted.maps(), captions));
    }

    /**
     * Samples branches.
     *
     * @param steps those of {@link #sampled}
     * @param start the latents {@code [K, C, h, w]} of the level that they start from
     * @param maps by the level that a step leads to, {@code [K, C, h, w]} each
     * @return the start, then the latents after every step; all but the start belong to {@code owner}
     */
    public Trajectory sample(
            NDManager owner,
            Denoiser unet,
            List<Step> steps,
            NDArray start,
            List<NDArray> maps,
            GuidedBranches branches) {
        NDArray z = start;
        List<NDArray> latents = new ArrayList<>(List.of(z));
        for (Step step : steps) {
            try (NDManager scope = unet.newScope()) {
                NDArray output = branches.predict(scope, z, step);
                Stochastic stochastic = step(step);
                NDArray mean = unet.move(scope, z, output, stochastic.mean());
                NDArray map = maps.get(steps.size() - 1 - step.index());
                NDArray stepped = unet.combine(scope, mean, 1, map, stochastic.deviation());
                z = branches.afterStep(owner, stepped, step);
                z.attach(owner);
            }
            latents.add(z);
        }
        return new Trajectory(latents);
    }

    @Override
    public boolean usesInversion() {
        return false;
    }

    @Override
    public int walks() {
        return guidance == 1 ? 2 : 4;
    }
}
