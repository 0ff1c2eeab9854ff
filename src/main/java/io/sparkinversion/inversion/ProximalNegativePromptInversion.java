package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.inversion.ProximalGuidance.Difference;
import io.sparkinversion.inversion.ProximalGuidance.Prox;
import java.util.ArrayList;
import java.util.List;

/**
 * Negative-prompt inversion with proximal guidance (Han et al., arXiv 2306.05414), as the authors' code has it. At the
 * timesteps of a range, elements that the edit does not reach are also pulled towards the image. The source branch has
 * its own caption on both sides, so the edit reaches none of it: there it is negative-prompt inversion plus that pull,
 * for one UNet evaluation a step. At the full rate inversion guidance puts it back onto the inversion's trajectory.
 *
 * @param guide what the unedited elements are pulled towards
 * @param rate of the pull, 1 for all the way
 * @param timestep the pull acts at timesteps below this; negative: at those above it with its sign changed, where the
 *     code runs inversion guidance even if it was not asked for
 */
public record ProximalNegativePromptInversion(ProximalGuidance proximal, Guide guide, double rate, int timestep)
        implements Reconstruction {

    /** What a pull leads to. */
    public enum Guide {
        /** Nowhere. */
        NONE,
        /** Reconstruction guidance: the step's estimate of the clean latent is pulled towards z_0. */
        RECONSTRUCTION,
        /** Inversion guidance: the step's result is pulled towards the inversion's latent of that level. */
        INVERSION,
        /** One after the other. */
        BOTH
    }

    /**
     * Null-text inversion whose edits are sampled with proximal guidance. Without an edit it is null-text inversion: the
     * image's own branch is guided by all of its difference, so that it stays where the optimisation has led it. The
     * authors' code shrinks the differences of that branch, too.
     *
     * @param nullText what is optimised
     * @param proximal what edits are sampled with, against the optimised null text
     */
    public record OfNullText(NullTextInversion nullText, ProximalNegativePromptInversion proximal)
            implements Reconstruction {
        @Override
        public Reconstructed reconstruct(NDManager owner, Denoiser unet, Inversion inversion, double guidanceScale) {
            return nullText.reconstruct(owner, unet, inversion, guidanceScale);
        }

        @Override
        public int walks() {
            return nullText.walks();
        }

        @Override
        public boolean usesGradient() {
            return nullText.usesGradient();
        }
    }

    /** With the settings that the authors run their examples with where none are given. */
    static ProximalNegativePromptInversion of(MethodSettings settings) {
        ProximalGuidance proximal = new ProximalGuidance(
                settings.choice("prox", Prox.class, Prox.L0),
                settings.number("quantile", 0.7, -100),
                settings.whole("dilate", 1, 0));
        return new ProximalNegativePromptInversion(
                proximal,
                settings.choice("guide", Guide.class, Guide.INVERSION),
                settings.number("recon-lr", 1, 0),
                settings.whole("recon-t", 400, -1000));
    }

    @Override
    public Reconstructed reconstruct(NDManager owner, Denoiser unet, Inversion inversion, double guidanceScale) {
        try (NDManager prompts = unet.newScope()) {
            Branches sources = PlainBranches.of(prompts, unet, inversion.caption(), inversion.caption());
            Trajectory trajectory = inversion.trajectory();
            return Reconstructed.of(
                    sample(owner, unet, sources, inversion.steps(), trajectory, trajectory.last(), guidanceScale));
        }
    }

    /**
     * Samples the branches of the images whose trajectory is given: the same number of consecutive ones for each, the
     * source's first.
     *
     * @param branches with the images' captions as negative prompts
     * @param source the inversion's trajectory, {@code [images, C, h, w]} each; where nothing is pulled along it, z_T
     *     alone
     * @param noise z_T {@code [K, C, h, w]}, one for each branch
     * @return z_T, then the latents after every step; all but z_T belong to {@code owner}
     */
    public Trajectory sample(
            NDManager owner,
            Denoiser unet,
            Branches branches,
            List<Step> steps,
            Trajectory source,
            NDArray noise,
            double guidanceScale) {
        return sample(owner, unet, branches, steps, source, noise, guidanceScale, false);
    }

    /**
     * Likewise, of branches with any negative prompts.
     *
     * @param sourcesAlone whether the sources are only guided: neither shrunk nor pulled
     */
    public Trajectory sample(
            NDManager owner,
            Denoiser unet,
            Branches branches,
            List<Step> steps,
            Trajectory source,
            NDArray noise,
            double guidanceScale,
            boolean sourcesAlone) {
        long images = source.first().getShape().get(0);
        int ofImage = Math.toIntExact(noise.getShape().get(0) / images);
        List<NDArray> latents = new ArrayList<>(List.of(noise));
        NDArray z = noise;
        for (Step step : steps) {
            try (NDManager scope = unet.newScope()) {
                NDList predictions = branches.predict(scope, z, step);
                Difference difference = proximal.shrink(predictions.get(0), predictions.get(1), images);
                NDArray reached = sourcesAlone ? targets(scope, noise.getShape().get(0), ofImage) : null;
                if (reached != null) {
                    NDArray plain = predictions.get(1).sub(predictions.get(0));
                    NDArray shrunk = plain.add(difference.shrunk().sub(plain).mul(reached));
                    difference = new Difference(shrunk, difference.threshold());
                }
                NDArray guided = unet.combine(scope, predictions.get(0), 1, difference.shrunk(), guidanceScale);
                NDArray stepped = unet.move(scope, z, guided, step.denoise());
                if (pulls(step)) {
                    NDArray everywhere = proximal.unedited(difference);
                    NDArray unedited = reached == null ? everywhere : everywhere.mul(reached);
                    if (reconstructs()) {
                        NDArray clean = unet.move(scope, z, guided, step.clean());
                        // The clean latent's share of the step's result.
                        double share = Math.sqrt(step.alphaPrevious());
                        NDArray image = BatchRows.repeat(scope, source.first(), ofImage);
                        stepped = pull(scope, unet, stepped, clean, image, unedited, rate * share);
                    }
                    if (inverts()) {
                        NDArray level = source.latents().get(steps.size() - step.index() - 1);
                        NDArray levels = BatchRows.repeat(scope, level, ofImage);
                        stepped = pull(scope, unet, stepped, stepped, levels, unedited, rate);
                    }
                }
                z = branches.afterStep(scope, stepped, step);
                z.attach(owner);
            }
            latents.add(z);
        }
        return new Trajectory(latents);
    }

    /** {@code [branches, 1, 1, 1]}: 1 for targets, 0 for sources. */
    private static NDArray targets(NDManager owner, long branches, int ofImage) {
        float[] targets = new float[Math.toIntExact(branches)];
        for (int row = 0; row < targets.length; row++) {
            targets[row] = row % ofImage == 0 ? 0 : 1;
        }
        return owner.create(targets, new Shape(branches, 1, 1, 1));
    }

    /** Whether any latent of the inversion but z_T has a say. */
    public boolean pulls() {
        return guide != Guide.NONE && rate > 0;
    }

    private boolean pulls(Step step) {
        boolean inRange = timestep < 0 ? step.timestep() > -timestep : step.timestep() < timestep;
        return inRange && pulls();
    }

    private boolean reconstructs() {
        return guide == Guide.RECONSTRUCTION || guide == Guide.BOTH;
    }

    private boolean inverts() {
        return guide != Guide.RECONSTRUCTION || timestep < 0;
    }

    /** {@code latent - amount where (from - to)}. */
    private static NDArray pull(
            NDManager scope, Denoiser unet, NDArray latent, NDArray from, NDArray to, NDArray where, double amount) {
        NDArray gap = unet.combine(scope, from, 1, to, -1).mul(where);
        return unet.combine(scope, latent, 1, gap, -amount);
    }
}
