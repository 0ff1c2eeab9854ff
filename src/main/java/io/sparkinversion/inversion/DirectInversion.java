package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * Direct inversion (Ju et al., arXiv 2310.01506, algorithm 1; called PnP inversion in its published form). The source
 * branch keeps to the inversion's trajectory: what a guided step misses it by is measured and added back after the
 * step. The target branches are left as they are, but see a source branch that never drifts off.
 */
public final class DirectInversion implements Reconstruction {

    /** The source branch alone, guided against the empty prompt; at scale 1 that prompt has no say. */
    @Override
    public Reconstructed reconstruct(NDManager owner, Denoiser unet, Inversion inversion, double guidanceScale) {
        Conditioning caption = inversion.caption();
        Conditioning negative = guidanceScale == 1 ? caption : inversion.empty().get();
        try (NDManager prompts = unet.newScope()) {
            Branches sources = PlainBranches.of(prompts, unet, negative, caption);
            Trajectory trajectory = inversion.trajectory();
            return Reconstructed.of(
                    sample(owner, unet, sources, inversion.steps(), trajectory, trajectory.last(), guidanceScale));
        }
    }

    /**
     * How far each guided step from the source's trajectory misses the trajectory, every branch starting from it again
     * at every step.
     *
     * @param count of branches
     * @param source the inversion's trajectory, {@code [1, C, h, w]} each
     * @return an offset {@code [K, C, h, w]} for each step, owned by {@code owner}
     */
    public static List<NDArray> offsets(
            NDManager owner,
            Denoiser unet,
            Branches branches,
            int count,
            List<Step> steps,
            Trajectory source,
            double guidanceScale) {
        List<NDArray> offsets = new ArrayList<>();
        for (Step step : steps) {
            try (NDManager scope = unet.newScope()) {
                NDArray start =
                        source.latents().get(steps.size() - step.index()).repeat(0, count);
                start.attach(scope);
                NDArray stepped = branches.guidedStep(scope, unet, start, step, guidanceScale);
                NDArray target = source.latents().get(steps.size() - step.index() - 1);
                offsets.add(unet.combine(owner, stepped, -1, target, 1));
            }
        }
        return offsets;
    }

    /**
     * Samples the branches of the images whose trajectory is given: the same number of consecutive ones for each, the
     * source's first. The offsets are added to the sources'. Those are on the trajectory whenever a step begins, so the
     * step's own prediction gives the offset and {@link #offsets} need not run before.
     *
     * @param source the inversion's trajectory, {@code [images, C, h, w]} each
     * @param noise z_T {@code [K, C, h, w]}, one for each branch
     * @return z_T, then the latents after every step; all but z_T belong to {@code owner}
     */
    public static Trajectory sample(
            NDManager owner,
            Denoiser unet,
            Branches branches,
            List<Step> steps,
            Trajectory source,
            NDArray noise,
            double guidanceScale) {
        List<NDArray> latents = new ArrayList<>(List.of(noise));
        NDArray z = noise;
        for (Step step : steps) {
            try (NDManager scope = unet.newScope()) {
                NDArray stepped = branches.guidedStep(scope, unet, z, step, guidanceScale);
                NDArray target = source.latents().get(steps.size() - step.index() - 1);
                NDArray offset = offset(scope, unet, stepped, target);
                NDArray corrected = unet.combine(scope, stepped, 1, offset, 1);
                z = branches.afterStep(scope, corrected, step);
                z.attach(owner);
            }
            latents.add(z);
        }
        return new Trajectory(latents);
    }

    /** The source branches' offsets, and 0 for the others. */
    private static NDArray offset(NDManager scope, Denoiser unet, NDArray stepped, NDArray target) {
        long images = target.getShape().get(0);
        long others = stepped.getShape().get(0) / images - 1;
        if (others == 0) {
            return unet.combine(scope, stepped, -1, target, 1);
        }
        Shape one = target.getShape().slice(1);
        NDArray byImage =
                stepped.reshape(new Shape(images, 1 + others).addAll(one)).get(":, 0:1");
        NDArray ofSources = unet.combine(scope, byImage, -1, target.expandDims(1), 1);
        NDArray ofOthers = scope.zeros(new Shape(images, others).addAll(one));
        return NDArrays.concat(new NDList(ofSources, ofOthers), 1).reshape(stepped.getShape());
    }
}
