package io.sparkinversion.diffusion;

import static io.sparkinversion.diffusion.EmbeddedModel.distance;
import static io.sparkinversion.diffusion.EmbeddedModel.noise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.WithoutSpark;
import io.sparkinversion.torchscript.ScalarType;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Controlled evaluations of the embedded model's UNet. */
@WithoutSpark
class AttentionControlTest {
    private static final int TOKENS = 77;
    private static final int ALL_LAYERS = 1 << 20;
    private static final List<String> PROMPTS =
            List.of("", "twemoji emoji of brown heart", "fluent emoji of lion face", "noto emoji of cat");

    /** Every row takes from {@code source} as much as {@code share} says. */
    private static AttentionControl control(float share, int selfReplacePixels, int... source) {
        float[][] fromSource = new float[source.length][TOKENS * TOKENS];
        float[][] own = new float[source.length][TOKENS];
        for (int row = 0; row < source.length; row++) {
            Arrays.fill(own[row], 1 - share);
            for (int token = 0; token < TOKENS; token++) {
                fromSource[row][token * TOKENS + token] = share;
            }
        }
        int[] limits = new int[source.length];
        Arrays.fill(limits, selfReplacePixels);
        return new AttentionControl(source, fromSource, own, limits);
    }

    private static NDArray row(NDArray batch, int index) {
        return batch.get(index + ":" + (index + 1));
    }

    @ParameterizedTest
    @CsvSource({"FLOAT32, 16, 16, 1e-5", "FLOAT32, 12, 20, 1e-5", "FLOAT32, 9, 13, 1e-5", "BFLOAT16, 16, 16, 0.1"})
    void rowsThatTakeNothingAreAsInAPlainEvaluation(ScalarType precision, int height, int width, double tolerance) {
        try (StableDiffusion model = EmbeddedModel.load(precision);
                NDManager scope = model.newScope()) {
            NDArray latents = noise(scope, 4, 4, height, width);
            Conditioning text = model.condition(scope, PROMPTS);
            NDArray expected = model.predict(scope, latents, new int[] {401}, text);

            ControlledPrediction nothing = model.predict(scope, latents, 401, text, control(0, 0, 0, 1, 2));
            ControlledPrediction itself = model.predict(scope, latents, 401, text, control(1, ALL_LAYERS, 0, 1, 2));

            assertThat(distance(nothing.output(), expected)).isLessThan(tolerance);
            assertThat(distance(itself.output(), expected)).isLessThan(tolerance);
            assertThat(nothing.crossAttention().getShape())
                    .isEqualTo(new Shape(3, (height + 1) / 2, (width + 1) / 2, TOKENS));
            assertThat(nothing.crossAttention()
                            .sum(new int[] {-1})
                            .sub(1)
                            .abs()
                            .max()
                            .getFloat())
                    .isLessThan(1e-4f);
        }
    }

    @Test
    void onlyRowsThatTakeFromOthersChange() {
        try (StableDiffusion model = EmbeddedModel.load();
                NDManager scope = model.newScope()) {
            NDArray latents = noise(scope, 4, 4, 16, 16);
            Conditioning text = model.condition(scope, PROMPTS);
            NDArray plain = model.predict(scope, latents, new int[] {401}, text);

            // Of the last three rows, the first and the third take from the second.
            NDArray cross = model.predict(scope, latents, 401, text, control(1, 0, 1, 1, 1))
                    .output();
            NDArray self = model.predict(scope, latents, 401, text, control(0, ALL_LAYERS, 1, 1, 1))
                    .output();

            for (NDArray output : List.of(cross, self)) {
                assertThat(distance(row(output, 0), row(plain, 0))).isLessThan(1e-5);
                assertThat(distance(row(output, 2), row(plain, 2))).isLessThan(1e-5);
                assertThat(distance(row(output, 1), row(plain, 1))).isGreaterThan(1e-3);
                assertThat(distance(row(output, 3), row(plain, 3))).isGreaterThan(1e-3);
            }
        }
    }

    @Test
    void rowsHavePixelLimitsOfTheirOwn() {
        try (StableDiffusion model = EmbeddedModel.load();
                NDManager scope = model.newScope()) {
            NDArray latents = noise(scope, 4, 4, 16, 16);
            Conditioning text = model.condition(scope, PROMPTS);
            AttentionControl all = control(0, ALL_LAYERS, 0, 0, 0);
            AttentionControl third = new AttentionControl(
                    all.source(), all.fromSource(), all.own(), new int[] {ALL_LAYERS, 0, ALL_LAYERS});

            NDArray plain = model.predict(scope, latents, new int[] {401}, text);
            NDArray output = model.predict(scope, latents, 401, text, third).output();

            assertThat(distance(row(output, 2), row(plain, 2))).isLessThan(1e-5);
            assertThat(distance(
                            row(output, 3),
                            row(model.predict(scope, latents, 401, text, all).output(), 3)))
                    .isLessThan(1e-5);
            assertThat(distance(row(output, 3), row(plain, 3))).isGreaterThan(1e-3);
        }
    }

    @Test
    void arraysThatDoNotFitAreRefused() {
        float[][] matrix = new float[1][TOKENS * TOKENS];
        float[][] diagonal = new float[1][TOKENS];
        int[] limit = {0};

        assertThatThrownBy(() -> new AttentionControl(new int[] {0, 0}, matrix, diagonal, limit))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 controlled rows with 1 matrices, 1 diagonals and 1 pixel limits");
        assertThatThrownBy(() -> new AttentionControl(new int[] {1}, matrix, diagonal, limit))
                .hasMessage("row 0 takes its attention from row 1 of 1");
        assertThatThrownBy(() -> new AttentionControl(new int[] {0}, diagonal, diagonal, limit))
                .hasMessage("row 0 has a matrix of 77 elements for 77 tokens");
    }
}
