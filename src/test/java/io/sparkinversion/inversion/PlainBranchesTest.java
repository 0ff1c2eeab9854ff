package io.sparkinversion.inversion;

import static io.sparkinversion.diffusion.EmbeddedModel.distance;
import static io.sparkinversion.diffusion.EmbeddedModel.noise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.WithEmbeddedModel;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PlainBranchesTest extends WithEmbeddedModel {
    private static final double ROUNDING = 2e-5;

    private Denoiser unet;
    private Step step;
    private NDArray latents;

    @BeforeEach
    void prepare() {
        unet = new Denoiser(model);
        step = model.schedule().steps(10).get(4);
        latents = noise(scope, 3, 4, 16, 16);
    }

    private Conditioning prompts(String... prompts) {
        return model.condition(scope, List.of(prompts));
    }

    /** Every branch's prediction is compared with the UNet's for that branch alone. */
    private void comparePredictions(List<String> negative, List<String> positive) {
        PlainBranches branches =
                PlainBranches.of(scope, unet, model.condition(scope, negative), model.condition(scope, positive));

        NDList predictions = branches.predict(scope, latents, step);

        Denoiser alone = new Denoiser(model);
        for (int branch = 0; branch < positive.size(); branch++) {
            NDArray latent = latents.get(branch + ":" + (branch + 1));
            NDArray expectedNegative = alone.predict(scope, latent, step, prompts(negative.get(branch)));
            NDArray expectedPositive = alone.predict(scope, latent, step, prompts(positive.get(branch)));
            assertThat(distance(predictions.get(0).get(branch), expectedNegative.get(0)))
                    .as("negative of branch " + branch)
                    .isLessThan(ROUNDING);
            assertThat(distance(predictions.get(1).get(branch), expectedPositive.get(0)))
                    .as("positive of branch " + branch)
                    .isLessThan(ROUNDING);
        }
    }

    @Test
    void everyBranchHasPromptsOfItsOwn() {
        comparePredictions(List.of("", "cat", "dog"), List.of("cat", "dog", "car"));

        assertThat(unet.evaluations()).isEqualTo(6);
    }

    @Test
    void aBranchWithEqualPromptsIsEvaluatedOnce() {
        comparePredictions(List.of("dog", "cat", "dog"), List.of("cat", "cat", "car"));

        assertThat(unet.evaluations()).isEqualTo(5);
    }

    @Test
    void branchesThatAllHaveEqualPromptsAreEvaluatedOnceEach() {
        comparePredictions(List.of("dog", "cat", "car"), List.of("dog", "Cat", "car"));

        assertThat(unet.evaluations()).isEqualTo(3);
    }

    @Test
    void aNegativePromptTooFewIsRefused() {
        assertThatThrownBy(() -> PlainBranches.of(scope, unet, prompts("", ""), prompts("cat", "dog", "car")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 negative prompts for 3 branches; each branch has one");
    }

    @Test
    void aStepsTemporariesDieWithIt() {
        PlainBranches branches =
                PlainBranches.of(scope, unet, prompts("dog", "cat", "dog"), prompts("cat", "cat", "car"));
        int resident = model.residentArrays();

        for (int i = 0; i < 3; i++) {
            try (NDManager owner = model.newScope()) {
                branches.predict(owner, latents, step);
                assertThat(owner.getManagedArrays()).hasSize(2);
            }
        }

        assertThat(model.residentArrays()).isEqualTo(resident);
    }
}
