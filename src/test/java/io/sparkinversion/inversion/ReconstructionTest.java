package io.sparkinversion.inversion;

import static io.sparkinversion.diffusion.EmbeddedModel.distance;
import static io.sparkinversion.diffusion.EmbeddedModel.wave;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.WithoutSpark;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.EmbeddedModel;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.StableDiffusion;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two images through the embedded model in six steps. */
@WithoutSpark
class ReconstructionTest {
    private static final int STEPS = 6;
    private static final List<String> CAPTIONS = List.of("twemoji emoji of brown heart", "fluent emoji of lion face");

    private static StableDiffusion model;
    private static NDManager modelScope;
    private static NDArray latent;
    private static Inversion inversion;
    private static Denoiser inverting;
    private static float[] expected;
    private static final AtomicInteger emptyPromptsAskedFor = new AtomicInteger();

    private NDManager scope;
    private Denoiser unet;

    @BeforeAll
    static void invert() {
        model = EmbeddedModel.load();
        modelScope = model.newScope();
        latent = model.encode(modelScope, wave(modelScope, 2, 3, 64, 64));
        Conditioning caption = model.condition(modelScope, CAPTIONS);
        List<Step> steps = model.schedule().steps(STEPS);
        inverting = new Denoiser(model);
        Trajectory trajectory = DdimInversion.invert(modelScope, inverting, steps, latent, caption);
        Conditioning empty = model.condition(modelScope, Collections.nCopies(CAPTIONS.size(), ""));
        inversion = new Inversion(steps, trajectory, caption, () -> {
            emptyPromptsAskedFor.incrementAndGet();
            return empty;
        });
        try (NDManager scope = model.newScope()) {
            expected = Method.DDIM
                    .reconstruction()
                    .reconstruct(scope, new Denoiser(model), inversion, 7.5)
                    .trajectory()
                    .last()
                    .toFloatArray();
        }
    }

    @AfterAll
    static void closeModel() {
        modelScope.close();
        model.close();
    }

    @BeforeEach
    void openScope() {
        scope = model.newScope();
        unet = new Denoiser(model);
        emptyPromptsAskedFor.set(0);
    }

    @AfterEach
    void closeScope() {
        scope.close();
    }

    private Trajectory reconstruct(Method method, double guidance) {
        return method.reconstruction()
                .reconstruct(scope, unet, inversion, guidance)
                .trajectory();
    }

    @Test
    void inversionGoesFromTheLatentToNoiseInOneEvaluationAStep() {
        Trajectory trajectory = inversion.trajectory();

        assertThat(inverting.evaluations()).isEqualTo(STEPS * CAPTIONS.size());
        assertThat(trajectory.latents()).hasSize(STEPS + 1);
        assertThat(trajectory.first()).isSameAs(latent);
        assertThat(deviation(trajectory.last().toFloatArray())).isBetween(0.7, 1.3);
    }

    private static double deviation(float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares / values.length);
    }

    @ParameterizedTest
    @CsvSource({
        "negative-prompt, 7.5, 1",
        "negative-prompt, 1, 1",
        "ddim, 7.5, 1",
        "ddim-cfg, 7.5, 2",
        "ddim-cfg, 1, 1",
    })
    void unetEvaluationsPerImageAndStep(String method, double guidance, int evaluations) {
        Trajectory result = reconstruct(Method.of(method), guidance);

        assertThat(unet.evaluations()).isEqualTo((long) evaluations * STEPS * CAPTIONS.size());
        assertThat(result.latents()).hasSize(STEPS + 1);
        assertThat(result.first()).isSameAs(inversion.trajectory().last());
    }

    @ParameterizedTest
    @CsvSource({"negative-prompt, 7.5", "negative-prompt, 1", "ddim, 3", "ddim-cfg, 1"})
    void withoutAnythingToGuideByTheResultIsThatOfDdim(String method, double guidance) {
        assertThat(distance(reconstruct(Method.of(method), guidance).last().toFloatArray(), expected))
                .isLessThan(1e-5);
    }

    /** The paper's observation, on this small model. */
    @Test
    void guidanceAgainstTheEmptyPromptDriftsFartherOffThanTheNegativePrompt() {
        double negativePrompt = distance(expected, latent.toFloatArray());
        double guided = distance(reconstruct(Method.DDIM_CFG, 7.5).last(), latent);

        assertThat(negativePrompt).isGreaterThan(0);
        assertThat(guided).isGreaterThan(2 * negativePrompt);
    }

    @Test
    void moreStepsReconstructBetter() {
        double fewSteps = distance(expected, latent.toFloatArray());
        List<Step> steps = model.schedule().steps(4 * STEPS);
        Trajectory finer = DdimInversion.invert(scope, unet, steps, latent, inversion.caption());
        Inversion manySteps = new Inversion(steps, finer, inversion.caption(), inversion.empty());

        NDArray result = Method.NEGATIVE_PROMPT
                .reconstruction()
                .reconstruct(scope, unet, manySteps, 7.5)
                .trajectory()
                .last();

        assertThat(distance(result, latent)).isLessThan(fewSteps);
    }

    @Test
    void onlyGuidanceAsksForTheEmptyPrompt() {
        reconstruct(Method.NEGATIVE_PROMPT, 7.5);
        reconstruct(Method.DDIM, 7.5);
        assertThat(emptyPromptsAskedFor).hasValue(0);

        reconstruct(Method.DDIM_CFG, 7.5);
        assertThat(emptyPromptsAskedFor).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"negative-prompt", "ddim", "ddim-cfg"})
    void aResultIsOneLatentAStepAndNothingElse(String method) {
        int resident = model.residentArrays();
        int prepared =
                method.equals("ddim-cfg") ? 1 + inversion.caption().keysValues().size() : 0;

        Trajectory result = reconstruct(Method.of(method), 7.5);

        assertThat(scope.getManagedArrays()).hasSize(STEPS + prepared);
        assertThat(result.last().getManager()).isSameAs(scope);
        assertThat(model.residentArrays()).isEqualTo(resident + STEPS + prepared);
    }
}
