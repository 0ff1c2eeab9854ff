package io.sparkinversion.inversion;

import static io.sparkinversion.diffusion.EmbeddedModel.distance;
import static io.sparkinversion.diffusion.EmbeddedModel.noise;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.WithEmbeddedModel;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GuidanceTest extends WithEmbeddedModel {
    private Denoiser unet;
    private Step step;
    private NDArray latent;

    @BeforeEach
    void prepare() {
        unet = new Denoiser(model);
        step = model.schedule().steps(10).get(4);
        latent = noise(scope, 2, 4, 16, 16);
    }

    private Conditioning prompts(String... prompts) {
        return model.condition(scope, List.of(prompts));
    }

    @Test
    void collapsesForTheSameObject() {
        Conditioning text = prompts("cat", "dog");

        assertThat(Guidance.of(scope, text, text, 7.5).collapses()).isTrue();
    }

    @Test
    void collapsesForPromptsOfEqualContent() {
        Conditioning negative = prompts("a cat", "dog");
        Conditioning positive = prompts("A  Cat ", "dog");

        assertThat(positive.embedding()).isNotSameAs(negative.embedding());
        assertThat(Guidance.of(scope, negative, positive, 7.5).collapses()).isTrue();
    }

    @Test
    void collapsesAtScaleOneWhateverThePrompts() {
        assertThat(Guidance.of(scope, prompts("", ""), prompts("cat", "dog"), 1).collapses())
                .isTrue();
    }

    @Test
    void doesNotCollapseOtherwise() {
        assertThat(Guidance.of(scope, prompts("", ""), prompts("cat", "dog"), 7.5)
                        .collapses())
                .isFalse();
        assertThat(Guidance.of(scope, prompts("", ""), prompts("cat", "dog"), 0).collapses())
                .isFalse();
        assertThat(Guidance.of(scope, prompts("cat", ""), prompts("cat", "dog"), 7.5)
                        .collapses())
                .as("one image of two with equal prompts")
                .isFalse();
        assertThat(Guidance.of(scope, prompts("dog", "cat"), prompts("cat", "dog"), 7.5)
                        .collapses())
                .as("equal prompts in another order")
                .isFalse();
    }

    @Test
    void guidesAwayFromTheNegativePrompt() {
        Conditioning negative = prompts("", "twemoji emoji of cat");
        Conditioning positive = prompts("cat", "dog");
        float[] eps0 = unet.predict(scope, latent, step, negative).toFloatArray();
        float[] eps1 = unet.predict(scope, latent, step, positive).toFloatArray();
        float[] expected = new float[eps0.length];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = eps0[i] + 7.5f * (eps1[i] - eps0[i]);
        }

        NDArray guided = Guidance.of(scope, negative, positive, 7.5).predict(scope, unet, latent, step);

        assertThat(distance(guided.toFloatArray(), expected)).isLessThan(1e-4);
        assertThat(distance(expected, eps1)).isGreaterThan(0.01);
    }

    @Test
    void guidanceThatCollapsesPredictsThePositivePromptInOneEvaluation() {
        Conditioning positive = prompts("cat", "dog");
        float[] expected = unet.predict(scope, latent, step, positive).toFloatArray();
        Denoiser counter = new Denoiser(model);

        NDArray guided = Guidance.of(scope, prompts("", ""), positive, 1).predict(scope, counter, latent, step);

        assertThat(guided.toFloatArray()).isEqualTo(expected);
        assertThat(counter.evaluations()).isEqualTo(2);
    }

    @Test
    void guidanceThatDoesNotCountsBothPrompts() {
        Guidance.of(scope, prompts("", ""), prompts("cat", "dog"), 3).predict(scope, unet, latent, step);

        assertThat(unet.evaluations()).isEqualTo(4);
    }

    @Test
    void aStepsTemporariesDieWithIt() {
        Guidance guidance = Guidance.of(scope, prompts("", ""), prompts("cat", "dog"), 3);
        int before = scope.getManagedArrays().size();
        int resident = model.residentArrays();

        for (int i = 0; i < 5; i++) {
            try (NDManager owner = model.newScope()) {
                guidance.predict(owner, unet, latent, step);
                assertThat(owner.getManagedArrays()).hasSize(1);
            }
        }

        assertThat(scope.getManagedArrays()).hasSize(before);
        assertThat(model.residentArrays()).isEqualTo(resident);
    }
}
