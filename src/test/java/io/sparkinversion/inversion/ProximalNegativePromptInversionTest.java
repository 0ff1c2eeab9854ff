package io.sparkinversion.inversion;

import static io.sparkinversion.diffusion.EmbeddedModel.distance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import io.sparkinversion.inversion.ProximalGuidance.Prox;
import io.sparkinversion.inversion.ProximalNegativePromptInversion.Guide;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ten steps, of which four are below timestep 400. */
class ProximalNegativePromptInversionTest extends WithInvertedImages {
    private static final int STEPS = 10;
    private static final double GUIDANCE = 7.5;
    private static final double ROUNDING = 1e-5;

    private static float[] negativePrompt;

    @BeforeAll
    static void invert() {
        invert(STEPS);
        negativePrompt = new NegativePromptInversion()
                .reconstruct(images.scope, new Denoiser(model), images.inversion, GUIDANCE)
                .trajectory()
                .last()
                .toFloatArray();
    }

    private Trajectory reconstruct(String method) {
        Reconstruction reconstruction = Method.of(method).reconstruction();
        return reconstruction
                .reconstruct(scope, unet, images.inversion, GUIDANCE)
                .trajectory();
    }

    private double distanceToInversion(Trajectory result, int step) {
        NDArray level = images.inversion.trajectory().latents().get(STEPS - step);
        return distance(result.latents().get(step), level);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "proximal:guide=none",
                "proximal:guide=none:prox=l1:recon-lr=0.5",
                "proximal:recon-lr=0",
                "proximal:recon-t=1",
                "proximal:guide=none:recon-t=-400",
            })
    void withoutAPullItIsNegativePromptInversion(String method) {
        assertThat(distance(reconstruct(method).last().toFloatArray(), negativePrompt))
                .isLessThan(ROUNDING);
    }

    @Test
    void atTheFullRateTheLastStepsAreTheInversions() {
        Trajectory result = reconstruct("proximal");

        assertThat(unet.evaluations()).isEqualTo(1L * STEPS * 2);
        assertThat(distanceToInversion(result, 6)).as("above timestep 400").isGreaterThan(0.01);
        for (int step = 7; step <= STEPS; step++) {
            assertThat(distanceToInversion(result, step))
                    .as("after step " + step)
                    .isLessThan(ROUNDING);
        }
    }

    @Test
    void aNegativeTimestepTurnsTheRangeRound() {
        Trajectory result = reconstruct("proximal:recon-t=-400");

        for (int step = 1; step <= 6; step++) {
            assertThat(distanceToInversion(result, step))
                    .as("after step " + step)
                    .isLessThan(ROUNDING);
        }
        assertThat(distanceToInversion(result, 9)).as("below timestep 400").isGreaterThan(1e-3);
    }

    /** Which the code does whatever was asked for. */
    @Test
    void aNegativeTimestepBringsInversionGuidanceWithIt() {
        Trajectory result = reconstruct("proximal:guide=reconstruction:recon-t=-400");

        assertThat(distanceToInversion(result, 6)).isLessThan(ROUNDING);
    }

    @Test
    void halfAPullGoesPartOfTheWay() {
        double half = distance(reconstruct("proximal:recon-lr=0.5").last(), images.latent);

        assertThat(half).isGreaterThan(0.001).isLessThan(distance(negativePrompt, images.latent.toFloatArray()));
    }

    /** z_0 in the clean estimate's place, and the last step leads from little noise to hardly any. */
    @Test
    void reconstructionGuidanceEndsNearTheImage() {
        double guided = distance(reconstruct("proximal:guide=reconstruction").last(), images.latent);

        assertThat(guided).isLessThan(0.2).isLessThan(distance(negativePrompt, images.latent.toFloatArray()) / 2);
    }

    @Test
    void anImageComesOutTheSameInABatchAsAlone() {
        NDArray together = reconstruct("proximal:guide=both:recon-lr=0.3").last();

        for (int image = 0; image < 2; image++) {
            NDArray alone = Method.of("proximal:guide=both:recon-lr=0.3")
                    .reconstruction()
                    .reconstruct(scope, unet, images.image(scope, image), GUIDANCE)
                    .trajectory()
                    .last();
            assertThat(distance(InvertedImages.row(scope, together, image), alone))
                    .isLessThan(1e-4);
        }
    }

    @Test
    void ofAnEditOnlyTheTargetLeavesTheInversion() {
        Inversion source = images.image(scope, 1);
        Branches branches = PlainBranches.of(
                scope,
                unet,
                model.condition(scope, List.of(InvertedImages.CAPTIONS.get(1), InvertedImages.CAPTIONS.get(1))),
                model.condition(scope, List.of(InvertedImages.CAPTIONS.get(1), "fluent emoji of cat")));
        ProximalNegativePromptInversion method =
                new ProximalNegativePromptInversion(new ProximalGuidance(Prox.L0, 0.7, 1), Guide.INVERSION, 1, 1000);

        NDArray last = method.sample(
                        scope,
                        unet,
                        branches,
                        source.steps(),
                        source.trajectory(),
                        source.trajectory().last().repeat(0, 2),
                        GUIDANCE)
                .last();

        NDArray z0 = source.trajectory().first();
        assertThat(unet.evaluations()).isEqualTo(3L * STEPS);
        assertThat(distance(InvertedImages.row(scope, last, 0), z0)).isLessThan(ROUNDING);
        float[] change = InvertedImages.row(scope, last, 1).sub(z0).toFloatArray();
        int kept = 0;
        for (float value : change) {
            kept += Math.abs(value) < ROUNDING ? 1 : 0;
        }
        assertThat(kept).as("elements that the edit does not reach").isBetween(change.length / 10, change.length - 10);
    }

    @Test
    void aResultIsOneLatentAStepAndNothingElse() {
        int resident = model.residentArrays();

        Trajectory result = reconstruct("proximal:guide=both:recon-lr=0.5");

        assertThat(result.first()).isSameAs(images.inversion.trajectory().last());
        assertThat(scope.getManagedArrays()).hasSize(STEPS);
        assertThat(model.residentArrays()).isEqualTo(resident + STEPS);
    }

    @Test
    void wrongSettingsAreNamed() {
        assertThatThrownBy(() -> Method.of("proximal:quantile=1.5"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("quantile 1.5");
        assertThatThrownBy(() -> Method.of("proximal:guide=image"))
                .hasMessage("method proximal: guide is 'image'; "
                        + "it must be none or reconstruction or inversion or both");
        assertThat(Method.of("proximal:quantile=0.7:prox=l0:guide=inversion:recon-lr=1:recon-t=400:dilate=1"))
                .isEqualTo(Method.of("proximal"));
    }
}
