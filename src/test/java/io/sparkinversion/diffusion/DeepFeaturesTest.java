package io.sparkinversion.diffusion;

import static io.sparkinversion.diffusion.EmbeddedModel.distance;
import static io.sparkinversion.diffusion.EmbeddedModel.noise;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.WithoutSpark;
import io.sparkinversion.diffusion.DeepFeatures.Kept;
import io.sparkinversion.torchscript.ScalarType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A shallow evaluation is the full one where the feature is its own. */
@WithoutSpark
class DeepFeaturesTest {
    private static final List<String> PROMPTS = List.of("a red heart", "a lion's face");

    /** Attention above and below the deep layers, and Stable Diffusion XL's additions. */
    private enum Kind {
        EMBEDDED,
        TINY,
        TINY_XL;

        private StableDiffusion load(Path folder) throws IOException {
            return switch (this) {
                case EMBEDDED -> EmbeddedModel.load();
                case TINY -> StableDiffusion.load(TinyModel.write(folder), Device.cpu(), ScalarType.FLOAT32);
                case TINY_XL -> StableDiffusion.load(TinyXlModel.write(folder), Device.cpu(), ScalarType.FLOAT32);
            };
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void isTheFullEvaluationWithItsOwnFeatureAndAnotherWithOthers(Kind kind, @TempDir Path folder) throws IOException {
        try (StableDiffusion model = kind.load(folder);
                NDManager scope = model.newScope()) {
            NDArray latent = noise(scope, 2, 4, 10, 14);
            NDArray next = latent.mul(0.9);
            Conditioning text = model.condition(scope, PROMPTS);
            DeepFeatures features = model.deepFeatures();

            NDArray full = model.predict(scope, latent, new int[] {401}, text);
            Kept kept = features.predict(scope, latent, new int[] {401}, text);
            NDArray shallow = features.predict(scope, latent, new int[] {401}, text, kept.feature());
            NDArray nextFull = model.predict(scope, next, new int[] {381}, text);
            NDArray nextShallow = features.predict(scope, next, new int[] {381}, text, kept.feature());

            assertThat(kept.prediction()).isEqualTo(full);
            assertThat(shallow).isEqualTo(full);
            assertThat(distance(nextShallow, nextFull)).isGreaterThan(1e-4);
            assertThat(distance(nextShallow, full)).isGreaterThan(1e-4);
        }
    }

    @Test
    void aBatchGivesWhatItsImagesGiveOneByOne() {
        try (StableDiffusion model = EmbeddedModel.load();
                NDManager scope = model.newScope()) {
            NDArray latents = noise(scope, 2, 4, 16, 16);
            DeepFeatures features = model.deepFeatures();
            Conditioning text = model.condition(scope, PROMPTS);
            Kept together = features.predict(scope, latents, new int[] {401}, text);
            NDArray next = features.predict(scope, latents, new int[] {381}, text, together.feature());

            assertThat(together.feature().getShape()).isEqualTo(new Shape(2, 96, 16, 16));
            for (int i = 0; i < 2; i++) {
                String row = i + ":" + (i + 1);
                Conditioning own = model.condition(scope, PROMPTS.subList(i, i + 1));
                Kept alone = features.predict(scope, latents.get(row), new int[] {401}, own);
                NDArray nextAlone = features.predict(scope, latents.get(row), new int[] {381}, own, alone.feature());

                assertThat(distance(alone.feature(), together.feature().get(row)))
                        .isLessThan(1e-4);
                assertThat(distance(nextAlone, next.get(row))).isLessThan(1e-4);
            }
        }
    }
}
