package io.sparkinversion.inversion;

import static io.sparkinversion.diffusion.EmbeddedModel.distance;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DirectInversionTest extends WithInvertedImages {
    private static final int STEPS = 6;
    private static final double GUIDANCE = 7.5;
    private static final double ROUNDING = 1e-5;
    /** That of two UNet batches, times the guidance scale. */
    private static final double AMPLIFIED_ROUNDING = 2e-4;

    @BeforeAll
    static void invert() {
        invert(STEPS);
    }

    /** An edit of the first image: the source's branch, then the target's. */
    private PlainBranches edit(String target) {
        Conditioning negative = model.condition(scope, List.of("", ""));
        Conditioning positive = model.condition(scope, List.of(InvertedImages.CAPTIONS.get(0), target));
        return PlainBranches.of(scope, unet, negative, positive);
    }

    @Test
    void theReconstructionRetracesTheInversion() {
        Reconstructed result = new DirectInversion().reconstruct(scope, unet, images.inversion, GUIDANCE);

        List<NDArray> up = images.inversion.trajectory().latents();
        List<NDArray> down = result.trajectory().latents();
        assertThat(down).hasSize(STEPS + 1);
        for (int i = 0; i <= STEPS; i++) {
            assertThat(distance(down.get(i), up.get(STEPS - i)))
                    .as("after step " + i)
                    .isLessThan(ROUNDING);
        }
        assertThat(unet.evaluations()).isEqualTo(2L * STEPS * 2);
        assertThat(result.nullText()).isEmpty();
    }

    @Test
    void atScaleOneItNeedsNoEmptyPrompt() {
        Inversion inversion = new Inversion(
                images.inversion.steps(), images.inversion.trajectory(), images.inversion.caption(), () -> {
                    throw new AssertionError("asked for the empty prompt");
                });

        NDArray result = new DirectInversion()
                .reconstruct(scope, unet, inversion, 1)
                .trajectory()
                .last();

        assertThat(distance(result, images.latent)).isLessThan(ROUNDING);
        assertThat(unet.evaluations()).isEqualTo(1L * STEPS * 2);
    }

    @Test
    void theOffsetsAreWhatGuidedStepsMissTheTrajectoryBy() {
        Inversion source = images.image(scope, 0);
        List<NDArray> offsets =
                DirectInversion.offsets(scope, unet, edit("dog"), 2, source.steps(), source.trajectory(), GUIDANCE);

        Guidance guidance = Guidance.of(scope, source.empty().get(), model.condition(scope, List.of("dog")), GUIDANCE);
        List<NDArray> up = source.trajectory().latents();
        for (int i = 0; i < STEPS; i++) {
            Step step = source.steps().get(i);
            NDArray start = up.get(STEPS - i);
            NDArray stepped = unet.move(scope, start, guidance.predict(scope, unet, start, step), step.denoise());
            NDArray ofTarget = InvertedImages.row(scope, offsets.get(i), 1);
            assertThat(distance(ofTarget.add(stepped), up.get(STEPS - i - 1))).isLessThan(AMPLIFIED_ROUNDING);
            assertThat(distance(ofTarget, InvertedImages.row(scope, offsets.get(i), 0)))
                    .isGreaterThan(1e-3);
        }
    }

    @Test
    void anEditCorrectsTheSourceAndLeavesTheTargetAlone() {
        Inversion source = images.image(scope, 0);
        NDArray noise = source.trajectory().last();

        Trajectory result = DirectInversion.sample(
                scope, unet, edit("dog"), source.steps(), source.trajectory(), noise.repeat(0, 2), GUIDANCE);

        NDArray last = result.last();
        Guidance guidance = Guidance.of(scope, source.empty().get(), model.condition(scope, List.of("dog")), GUIDANCE);
        NDArray target = DdimSampling.sample(scope, unet, source.steps(), noise, guidance)
                .last();
        assertThat(distance(
                        InvertedImages.row(scope, last, 0), source.trajectory().first()))
                .isLessThan(ROUNDING);
        assertThat(distance(InvertedImages.row(scope, last, 1), target)).isLessThan(1e-3);
    }

    /** What a branch controller changes after a step comes on top of the offset. */
    @Test
    void theBranchesHaveTheLastWord() {
        Inversion source = images.image(scope, 0);
        Branches plain = edit("dog");
        List<NDArray> seen = new ArrayList<>();
        Branches zeroing = new Branches() {
            @Override
            public NDList predict(NDManager owner, NDArray latents, Step step) {
                return plain.predict(owner, latents, step);
            }

            @Override
            public NDArray afterStep(NDManager owner, NDArray latents, Step step) {
                seen.add(InvertedImages.row(scope, latents, 0));
                return owner.zeros(latents.getShape());
            }
        };

        NDArray noise = source.trajectory().last().repeat(0, 2);
        Trajectory result =
                DirectInversion.sample(scope, unet, zeroing, source.steps(), source.trajectory(), noise, GUIDANCE);

        assertThat(result.last().toFloatArray()).containsOnly(0f);
        assertThat(distance(seen.get(STEPS - 1), source.trajectory().first())).isLessThan(ROUNDING);
    }

    @Test
    void aResultIsOneLatentAStepAndNothingElse() {
        int resident = model.residentArrays();

        Reconstructed result = new DirectInversion().reconstruct(scope, unet, images.inversion, GUIDANCE);

        assertThat(result.trajectory().first())
                .isSameAs(images.inversion.trajectory().last());
        assertThat(scope.getManagedArrays()).hasSize(STEPS);
        assertThat(model.residentArrays()).isEqualTo(resident + STEPS);
    }
}
