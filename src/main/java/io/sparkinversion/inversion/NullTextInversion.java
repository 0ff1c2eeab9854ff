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
import java.util.Optional;

/**
 * Null-text inversion (Mokady et al., arXiv 2211.09794). At every step the null-text embedding of classifier-free
 * guidance is optimised until the guided step leads where the inversion came from; the next step starts from the result
 * of this one. The latents that the optimisation walks through are the reconstruction: nothing is sampled again.
 *
 * <p>As in the authors' code, where it differs from the paper: the learning rate falls and the loss at which a step
 * ends early grows from step to step, and every step has an Adam of its own. Images of a batch are optimised side by
 * side and each stops by itself, after which the batch goes on without it.
 *
 * @param start what the first step's embedding starts from
 * @param innerSteps the most updates a step
 * @param earlyStop the loss below which the first step ends; 0 means that no step ends early
 */
public record NullTextInversion(Start start, int innerSteps, double earlyStop) implements Reconstruction {
    static final double EARLY_STOP = 1e-5;

    private static final double EARLY_STOP_GROWTH = 2e-5;
    private static final double LEARNING_RATE = 1e-2;
    private static final int LEARNING_STEPS = 100;

    /** What the optimisation starts from. */
    public enum Start {
        /** The empty prompt's embedding, as in the paper. */
        EMPTY,
        /** The caption's embedding, which negative-prompt inversion takes for the optimum. */
        CAPTION
    }

    /** With the authors' settings where none are given. */
    static NullTextInversion of(MethodSettings settings) {
        return new NullTextInversion(
                settings.choice("start", Start.class, Start.EMPTY),
                settings.whole("inner-steps", 10, 1),
                settings.number("early-stop", EARLY_STOP, 0));
    }

    /** Two predictions a step, and a forward and a backward pass an update; steps that end early are not foreseen. */
    @Override
    public int walks() {
        return 2 + 3 * innerSteps;
    }

    @Override
    public boolean usesGradient() {
        return true;
    }

    @Override
    public Reconstructed reconstruct(NDManager owner, Denoiser unet, Inversion inversion, double guidanceScale) {
        return new Run(owner, unet, inversion, guidanceScale).reconstruct();
    }

    /** One batch. */
    private final class Run {
        private final NDManager owner;
        private final Denoiser unet;
        private final Inversion inversion;
        private final double guidance;
        private final int images;
        private final float[] caption;
        private final float[][][] losses;

        private Run(NDManager owner, Denoiser unet, Inversion inversion, double guidance) {
            this.owner = owner;
            this.unet = unet;
            this.inversion = inversion;
            this.guidance = guidance;
            this.images = (int) inversion.caption().size();
            this.caption = inversion.caption().embedding().toFloatArray();
            this.losses = new float[images][inversion.steps().size()][];
        }

        private Reconstructed reconstruct() {
            List<NDArray> latents =
                    new ArrayList<>(List.of(inversion.trajectory().last()));
            List<NDArray> embeddings = new ArrayList<>();
            double[][] cosine = new double[images][inversion.steps().size()];
            NDArray z = inversion.trajectory().last();
            NDArray embedding =
                    switch (start) {
                        case EMPTY -> inversion.empty().get().embedding();
                        case CAPTION -> inversion.caption().embedding();
                    };
            for (int i = 0; i < inversion.steps().size(); i++) {
                Step step = inversion.steps().get(i);
                try (NDManager scope = unet.newScope()) {
                    NDArray conditional = unet.predict(scope, z, step, inversion.caption());
                    embedding = optimise(scope, i, z, conditional, embedding);
                    Conditioning nullText = unet.condition(scope, embedding)
                            .withSizes(inversion.caption().sizes());
                    NDArray unconditional = unet.predict(scope, z, step, nullText);
                    NDArray guided = unet.guide(scope, unconditional, conditional, guidance);
                    z = unet.move(owner, z, guided, step.denoise());
                }
                latents.add(z);
                embeddings.add(embedding);
                compareWithCaption(embedding, i, cosine);
            }
            return new Reconstructed(new Trajectory(latents), Optional.of(new NullText(embeddings, losses, cosine)));
        }

        /** The step's embeddings {@code [B, 77, D]}, owned by the run's owner. */
        private NDArray optimise(NDManager scope, int i, NDArray z, NDArray conditional, NDArray embedding) {
            Step step = inversion.steps().get(i);
            // The guided step is known but for the null text's share: what that must make up is the rest.
            Linear denoise = step.denoise();
            NDArray target =
                    inversion.trajectory().latents().get(inversion.steps().size() - 1 - i);
            NDArray known = unet.combine(scope, z, denoise.sample(), conditional, denoise.output() * guidance);
            NDArray rest = unet.combine(scope, target, 1, known, -1);
            double factor = denoise.output() * (1 - guidance);
            double rate = LEARNING_RATE
                    * (1
                            - (double) step.index()
                                    / Math.max(LEARNING_STEPS, inversion.steps().size()));
            double enough = earlyStop == 0 ? 0 : earlyStop + EARLY_STOP_GROWTH * step.index();

            NDArray[] optimised = new NDArray[images];
            OptimisedRows rows = OptimisedRows.of(scope, embedding, z, rest);
            List<List<Float>> stepLosses = new ArrayList<>();
            for (int image = 0; image < images; image++) {
                stepLosses.add(new ArrayList<>());
            }
            for (int inner = 1; inner <= innerSteps && rows.count() > 0; inner++) {
                List<SizeCondition> sizes = rows.of(inversion.caption().sizes());
                float[] loss = rows.update(
                        (owned, variable, constants) -> unet.embeddingGradient(
                                owned, constants.get(0), step, variable, sizes, constants.get(1), factor),
                        rate,
                        0,
                        inner);
                boolean[] finished = new boolean[loss.length];
                for (int row = 0; row < loss.length; row++) {
                    int image = rows.image(row);
                    stepLosses.get(image).add(loss[row]);
                    finished[row] = loss[row] < enough || inner == innerSteps;
                    if (finished[row]) {
                        optimised[image] = rows.variable(row);
                    }
                }
                rows = rows.without(finished);
            }
            for (int image = 0; image < images; image++) {
                losses[image][i] = floats(stepLosses.get(image));
            }
            NDArray result = NDArrays.concat(new NDList(optimised), 0);
            result.attach(owner);
            return result;
        }

        private void compareWithCaption(NDArray embedding, int i, double[][] cosine) {
            float[] optimised = embedding.toFloatArray();
            int length = optimised.length / images;
            for (int image = 0; image < images; image++) {
                cosine[image][i] = cosine(optimised, caption, image * length, (image + 1) * length);
            }
        }
    }

    private static double cosine(float[] a, float[] b, int from, int to) {
        double dot = 0;
        double squaresOfA = 0;
        double squaresOfB = 0;
        for (int i = from; i < to; i++) {
            dot += (double) a[i] * b[i];
            squaresOfA += (double) a[i] * a[i];
            squaresOfB += (double) b[i] * b[i];
        }
        return dot / Math.sqrt(squaresOfA * squaresOfB);
    }

    private static float[] floats(List<Float> values) {
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i);
        }
        return floats;
    }
}
