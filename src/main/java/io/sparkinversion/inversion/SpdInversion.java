package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Linear;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.SizeCondition;
import java.util.ArrayList;
import java.util.List;

/**
 * SPDInv (Li et al., arXiv 2403.11105): the fixed point y = f(y) of an inversion step (see {@link FixedPointInversion})
 * is searched for by gradient descent on the mean of (y - f(y))^2 through the UNet, from the DDIM step's result. As in
 * the authors' code: an AdamW a step with PyTorch's weight decay of 0.01; the update comes first, and the step ends once
 * the loss before it was below the threshold. Images of a batch stop each by itself.
 *
 * @param iterations K, the most updates a step
 * @param rate learning rate
 * @param threshold the loss below which a step ends
 */
public record SpdInversion(int iterations, double rate, double threshold) implements Inverter {
    private static final double WEIGHT_DECAY = 0.01;

    /**
     * @param losses {@code [image][step in the order of the inversion]}: the loss of every update, before it
     */
    public record Traced(Trajectory trajectory, float[][][] losses) {}

    @Override
    public Trajectory invert(NDManager owner, Denoiser unet, Inversion image) {
        return trace(owner, unet, image).trajectory();
    }

    /** The inversion and how it came about. */
    public Traced trace(NDManager owner, Denoiser unet, Inversion image) {
        int images = (int) image.caption().size();
        float[][][] losses = new float[images][image.steps().size()][];
        Trajectory trajectory =
                FixedPointInversion.walk(owner, unet, image, (scope, denoiser, below, step, caption) -> {
                    NDArray noise = FixedPointInversion.noise(scope, denoiser, below, step, caption, false);
                    NDArray start = denoiser.move(scope, below, noise, step.addNoise());
                    return optimised(scope, denoiser, below, step, start, caption, losses);
                });
        return new Traced(trajectory, losses);
    }

    private NDArray optimised(
            NDManager scope,
            Denoiser unet,
            NDArray below,
            Step step,
            NDArray start,
            Conditioning caption,
            float[][][] losses) {
        // y - f(y) = own y - known - factor output(y), also where the output is a velocity.
        Linear up = step.addNoise();
        Linear noise = step.noiseOf(true);
        double own = 1 - up.output() * noise.sample();
        double factor = up.output() * noise.output();
        NDArray known = unet.combine(scope, below, up.sample(), below, 0);
        int images = losses.length;
        NDArray[] found = new NDArray[images];
        List<List<Float>> traces = new ArrayList<>();
        for (int i = 0; i < images; i++) {
            traces.add(new ArrayList<>());
        }
        OptimisedRows rows = OptimisedRows.of(scope, start, known, caption.embedding());
        for (int k = 1; k <= iterations && rows.count() > 0; k++) {
            List<SizeCondition> sizes = rows.of(caption.sizes());
            float[] loss = rows.update(
                    (owner, y, constants) ->
                            unet.latentGradient(owner, y, step, constants.get(1), sizes, own, constants.get(0), factor),
                    rate,
                    WEIGHT_DECAY,
                    k);
            boolean[] finished = new boolean[loss.length];
            for (int row = 0; row < loss.length; row++) {
                traces.get(rows.image(row)).add(loss[row]);
                finished[row] = loss[row] < threshold || k == iterations;
                if (finished[row]) {
                    found[rows.image(row)] = rows.variable(row);
                }
            }
            rows = rows.without(finished);
        }
        for (int i = 0; i < images; i++) {
            int inverse = losses[i].length - 1 - step.index();
            losses[i][inverse] = floats(traces.get(i));
        }
        NDArray result = NDArrays.concat(new NDList(found), 0);
        result.attach(scope);
        return result;
    }

    private static float[] floats(List<Float> values) {
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i);
        }
        return floats;
    }

    @Override
    public boolean usesGradient() {
        return true;
    }

    @Override
    public int evaluationsPerStep() {
        return 1 + 3 * iterations;
    }
}
