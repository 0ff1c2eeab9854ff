package io.sparkinversion.inversion;

import static io.sparkinversion.diffusion.EmbeddedModel.distance;
import static io.sparkinversion.diffusion.EmbeddedModel.wave;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.LossGradient;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.WithEmbeddedModel;
import io.sparkinversion.inversion.NullTextInversion.Start;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Images of waves through the embedded model in a few steps. The reference's own numbers are in {@code verify}. */
class NullTextInversionIT extends WithEmbeddedModel {
    private static final int STEPS = 4;
    private static final List<String> CAPTIONS =
            List.of("twemoji emoji of brown heart", "fluent emoji of lion face", "noto emoji of a red car");
    private static final double GUIDANCE = 7.5;

    /** The first images of {@link #CAPTIONS}, from {@code from} on. */
    private Inversion invert(NDManager owner, int from, int to) {
        List<String> captions = CAPTIONS.subList(from, to);
        NDArray pixels = wave(owner, CAPTIONS.size(), 3, 64, 64).get(from + ":" + to);
        NDArray latent = model.encode(owner, pixels);
        var caption = model.condition(owner, captions);
        var empty = model.condition(owner, Collections.nCopies(captions.size(), ""));
        List<Step> steps = model.schedule().steps(STEPS);
        Trajectory trajectory = DdimInversion.invert(owner, new Denoiser(model), steps, latent, caption);
        return new Inversion(steps, trajectory, caption, () -> empty);
    }

    private Reconstructed reconstruct(NullTextInversion method, Inversion inversion) {
        return method.reconstruct(scope, new Denoiser(model), inversion, GUIDANCE);
    }

    private NullText optimised(NullTextInversion method, Inversion inversion) {
        return reconstruct(method, inversion).nullText().orElseThrow();
    }

    @Test
    void comesNearerToTheImageThanGuidanceAgainstTheEmptyPrompt() {
        Inversion inversion = invert(scope, 0, 1);
        NDArray latent = inversion.trajectory().first();
        double guided = distance(
                Method.DDIM_CFG
                        .reconstruction()
                        .reconstruct(scope, new Denoiser(model), inversion, GUIDANCE)
                        .trajectory()
                        .last(),
                latent);

        Reconstructed result = reconstruct(new NullTextInversion(Start.EMPTY, 10, 0), inversion);

        assertThat(distance(result.trajectory().last(), latent)).isLessThan(0.8 * guided);
        for (float[] losses : result.nullText().orElseThrow().losses()[0]) {
            assertThat(losses).hasSize(10);
            assertThat(losses[9]).isLessThan(losses[0]);
        }
    }

    /** The derivative against the difference quotient along a fixed direction. */
    @Test
    void theGradientIsTheDerivativeOfTheLoss() {
        Inversion inversion = invert(scope, 0, 2);
        NDArray latent = inversion.trajectory().last();
        NDArray rest = inversion.trajectory().first();
        NDArray embedding = inversion.empty().get().embedding();
        NDArray direction = wave(
                        scope,
                        (int) embedding.getShape().get(0),
                        77,
                        (int) embedding.getShape().get(2),
                        1)
                .reshape(embedding.getShape());
        int timestep = 501;
        float small = 5e-2f;

        LossGradient gradient = model.embeddingGradient(scope, latent, timestep, embedding, List.of(), rest, 0.7);

        float[] above = loss(latent, timestep, embedding.add(direction.mul(small)), rest);
        float[] below = loss(latent, timestep, embedding.sub(direction.mul(small)), rest);
        float[] derivative =
                gradient.gradient().mul(direction).sum(new int[] {1, 2}).toFloatArray();
        for (int image = 0; image < 2; image++) {
            double quotient = (above[image] - below[image]) / (2.0 * small);
            assertThat(Math.abs(quotient)).as("there is something to compare").isGreaterThan(1e-4);
            assertThat((double) derivative[image]).isCloseTo(quotient, within(0.05 * Math.abs(quotient)));
        }
    }

    private float[] loss(NDArray latent, int timestep, NDArray embedding, NDArray rest) {
        return model.embeddingGradient(scope, latent, timestep, embedding, List.of(), rest, 0.7)
                .loss()
                .toFloatArray();
    }

    /** Half of the losses that are met without early stopping are below it. */
    private double middlingLoss(Inversion inversion) {
        NullText nullText = optimised(new NullTextInversion(Start.EMPTY, 6, 0), inversion);
        double[] losses = Stream.of(nullText.losses())
                .flatMap(Stream::of)
                .flatMapToDouble(step -> IntStream.range(0, step.length).mapToDouble(i -> step[i]))
                .sorted()
                .toArray();
        return losses[losses.length / 2];
    }

    @Test
    void imagesOfABatchAreOptimisedAsIfTheyWereAlone() {
        Inversion inversion = invert(scope, 0, 3);
        NullTextInversion method = new NullTextInversion(Start.EMPTY, 6, middlingLoss(inversion));
        Reconstructed together = reconstruct(method, inversion);
        NullText batch = together.nullText().orElseThrow();
        List<Integer> updates = new ArrayList<>();

        for (int image = 0; image < 3; image++) {
            Reconstructed alone = reconstruct(method, invert(scope, image, image + 1));
            NullText single = alone.nullText().orElseThrow();
            assertThat(batch.innerSteps(image)).containsExactly(single.innerSteps(0));
            for (int step = 0; step < STEPS; step++) {
                updates.add(batch.innerSteps(image)[step]);
                float[] expected = single.losses()[0][step];
                for (int i = 0; i < expected.length; i++) {
                    assertThat(batch.losses()[image][step][i]).isCloseTo(expected[i], within(2e-3f * expected[i]));
                }
            }
            NDArray row = together.trajectory().last().get(image + ":" + (image + 1));
            assertThat(distance(row, alone.trajectory().last())).isLessThan(1e-2);
        }
        assertThat(updates).as("some stop early, some do not").contains(6).anyMatch(count -> count < 6);
    }

    /** The rule looks at the loss before an update, and the update still counts. */
    @Test
    void aStepEndsAfterTheFirstUpdateWhoseLossWasSmallEnough() {
        Inversion inversion = invert(scope, 0, 2);
        double earlyStop = middlingLoss(inversion);
        Reconstructed result = reconstruct(new NullTextInversion(Start.EMPTY, 10, earlyStop), inversion);

        for (float[][] image : result.nullText().orElseThrow().losses()) {
            for (int step = 0; step < STEPS; step++) {
                double enough = earlyStop + 2e-5 * step;
                for (int i = 0; i < image[step].length; i++) {
                    boolean last = i == image[step].length - 1;
                    assertThat(image[step][i] < enough || i == 9).isEqualTo(last);
                }
            }
        }
    }

    @Test
    void startedAtTheCaptionTheFirstStepHasNoGuidanceToMakeUpFor() {
        Inversion inversion = invert(scope, 0, 1);

        NullText fromCaption = optimised(new NullTextInversion(Start.CAPTION, 1, 0), inversion);
        NullText fromEmpty = optimised(new NullTextInversion(Start.EMPTY, 1, 0), inversion);

        assertThat(fromCaption.losses()[0][0][0]).isLessThan(fromEmpty.losses()[0][0][0]);
        assertThat(fromCaption.captionCosine()[0][0]).isGreaterThan(0.99);
        assertThat(fromEmpty.captionCosine()[0][0]).isLessThan(0.9);
    }

    /** More steps than the hundred that the falling learning rate was made for: even there an update descends. */
    @Test
    void theLearningRateStaysPositiveHoweverManyStepsThereAre() {
        Inversion inversion = invert(scope, 0, 1);
        List<Step> many = model.schedule().steps(104);
        List<NDArray> latents = new ArrayList<>(
                Collections.nCopies(many.size(), inversion.trajectory().first()));
        latents.add(inversion.trajectory().last());
        Inversion longer = new Inversion(many, new Trajectory(latents), inversion.caption(), inversion.empty());

        float[][] losses =
                optimised(new NullTextInversion(Start.EMPTY, 2, 0), longer).losses()[0];

        for (int step = 101; step < 104; step++) {
            assertThat(losses[step][1]).as("step %s", step).isLessThan(losses[step][0]);
        }
    }

    @Test
    void countsEveryPassOfEveryImage() {
        Denoiser unet = new Denoiser(model);

        new NullTextInversion(Start.EMPTY, 3, 0).reconstruct(scope, unet, invert(scope, 0, 2), GUIDANCE);

        assertThat(unet.gradients()).isEqualTo(2L * STEPS * 3);
        assertThat(unet.evaluations()).isEqualTo(2L * STEPS * (2 + 3));
    }

    @Test
    void severalThreadsOptimiseAtOnce() throws Exception {
        NullTextInversion method = new NullTextInversion(Start.EMPTY, 2, 0);
        float[] expected =
                reconstruct(method, invert(scope, 0, 1)).trajectory().last().toFloatArray();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Callable<float[]> task = () -> {
                try (NDManager owner = model.newScope()) {
                    return method.reconstruct(owner, new Denoiser(model), invert(owner, 0, 1), GUIDANCE)
                            .trajectory()
                            .last()
                            .toFloatArray();
                }
            };
            for (Future<float[]> result : threads.invokeAll(Collections.nCopies(4, task))) {
                assertThat(distance(result.get(), expected)).isLessThan(1e-5);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void temporariesDieWithTheirStep() {
        Inversion inversion = invert(scope, 0, 2);
        int before = model.residentArrays();
        int owned = scope.getManagedArrays().size();

        reconstruct(new NullTextInversion(Start.EMPTY, 3, 0.02), inversion);

        assertThat(scope.getManagedArrays())
                .as("a latent and an embedding a step")
                .hasSize(owned + 2 * STEPS);
        assertThat(model.residentArrays()).isEqualTo(before + 2 * STEPS);
    }
}
