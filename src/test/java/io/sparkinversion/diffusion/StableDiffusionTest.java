package io.sparkinversion.diffusion;

import static io.sparkinversion.diffusion.EmbeddedModel.distance;
import static io.sparkinversion.diffusion.EmbeddedModel.noise;
import static io.sparkinversion.diffusion.EmbeddedModel.wave;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.network.NetworkConfig;
import io.sparkinversion.network.UnsupportedConfigException;
import io.sparkinversion.torchscript.InMemoryWeights;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.WeightSpec;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.WeightsException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StableDiffusionTest extends WithEmbeddedModel {
    private static final List<String> PROMPTS =
            List.of("twemoji emoji of brown heart", "", "fluent emoji of lion face", "noto emoji of cat");

    private static NDArray row(NDArray batch, int index) {
        return batch.get(index + ":" + (index + 1));
    }

    @Test
    void tellsItsSizes() {
        assertThat(model.downsampling()).isEqualTo(4);
        assertThat(model.trainedResolution()).isEqualTo(64);
        assertThat(model.device()).isEqualTo(Device.cpu());
        assertThat(model.embed(scope, PROMPTS).getShape()).isEqualTo(new Shape(4, 77, 128));
    }

    @Test
    void aBatchGivesWhatItsImagesGiveOneByOne() {
        NDArray pixels = wave(scope, 4, 3, 64, 64);
        NDArray latents = model.encode(scope, pixels);
        NDArray images = model.decode(scope, latents);
        NDArray noisy = noise(scope, 4, 4, 16, 16);
        Conditioning text = model.condition(scope, PROMPTS);
        NDArray predictions = model.predict(scope, noisy, new int[] {401}, text);
        for (int i = 0; i < PROMPTS.size(); i++) {
            Conditioning alone = model.condition(scope, PROMPTS.subList(i, i + 1));

            assertThat(distance(alone.embedding(), row(text.embedding(), i))).isLessThan(1e-4);
            assertThat(distance(model.encode(scope, row(pixels, i)), row(latents, i)))
                    .isLessThan(1e-4);
            assertThat(distance(model.decode(scope, row(latents, i)), row(images, i)))
                    .isLessThan(1e-4);
            assertThat(distance(model.predict(scope, row(noisy, i), new int[] {401}, alone), row(predictions, i)))
                    .isLessThan(1e-4);
        }
        assertThat(distance(row(predictions, 0), row(predictions, 1))).isGreaterThan(0.1);
        assertThat(distance(row(latents, 0), row(latents, 1))).isGreaterThan(0.1);
    }

    @Test
    void everyImageMayHaveItsOwnTimestep() {
        NDArray noisy = noise(scope, 2, 4, 16, 16);
        Conditioning text = model.condition(scope, PROMPTS.subList(0, 2));

        NDArray together = model.predict(scope, noisy, new int[] {21, 981}, text);
        NDArray early = model.predict(scope, noisy, new int[] {21}, text);
        NDArray late = model.predict(scope, noisy, new int[] {981}, text);

        assertThat(distance(row(together, 0), row(early, 0))).isLessThan(1e-4);
        assertThat(distance(row(together, 1), row(late, 1))).isLessThan(1e-4);
        assertThat(distance(row(early, 1), row(late, 1))).isGreaterThan(1e-2);
    }

    /** 256 images of 64x64 are as many pixels as the autoencoder takes at once; 258 make it take two turns. */
    @Test
    void imagesBeyondTheAutoencodersLimitComeOutInTheirOrder(@TempDir Path folder) throws IOException {
        int count = 258;
        FakeModel configs = TinyModel.write(folder);
        try (StableDiffusion tiny = StableDiffusion.load(configs, Device.cpu(), ScalarType.FLOAT32)) {
            NDArray pixels = noise(scope, count, 3, 64, 64);

            NDArray latents = tiny.encode(scope, pixels);
            NDArray images = tiny.decode(scope, latents);

            assertThat(latents.getShape()).isEqualTo(new Shape(count, 4, 16, 16));
            assertThat(images.getShape()).isEqualTo(pixels.getShape());
            for (String rows : List.of("0:2", "254:258")) {
                NDArray some = latents.get(rows);
                assertThat(distance(tiny.encode(scope, pixels.get(rows)), some)).isLessThan(1e-4);
                assertThat(distance(tiny.decode(scope, some), images.get(rows))).isLessThan(1e-4);
            }
            assertThat(distance(row(latents, 255), row(latents, 256))).isGreaterThan(1e-2);
            assertThat(distance(row(images, 255), row(images, 256))).isGreaterThan(1e-2);
        }
    }

    @ParameterizedTest
    @CsvSource({"72, 56", "76, 60", "36, 100"})
    void sizesThatDoNotHalveEvenlyRun(int height, int width) {
        NDArray pixels = wave(scope, 1, 3, height, width);
        Conditioning text = model.condition(scope, PROMPTS.subList(0, 1));

        NDArray latent = model.encode(scope, pixels);
        NDArray prediction = model.predict(scope, latent, new int[] {501}, text);
        NDArray image = model.decode(scope, latent);

        assertThat(latent.getShape()).isEqualTo(new Shape(1, 4, height / 4, width / 4));
        assertThat(prediction.getShape()).isEqualTo(latent.getShape());
        assertThat(image.getShape()).isEqualTo(pixels.getShape());
        for (float value : prediction.toFloatArray()) {
            assertThat(value).isFinite();
        }
    }

    @ParameterizedTest
    @CsvSource({"FLOAT16, 0.02", "BFLOAT16, 0.1"})
    void aUNetInHalfPrecisionIsNearTheOneInFloat32(ScalarType type, double tolerance) {
        try (StableDiffusion half = EmbeddedModel.load(type)) {
            NDArray noisy = noise(scope, 1, 4, 16, 16);
            Conditioning text = half.condition(scope, PROMPTS.subList(0, 1));
            Conditioning wideText = model.condition(scope, PROMPTS.subList(0, 1));

            float[] actual = half.predict(scope, noisy, new int[] {501}, text).toFloatArray();
            float[] expected =
                    model.predict(scope, noisy, new int[] {501}, wideText).toFloatArray();

            assertThat(distance(actual, expected)).isGreaterThan(0).isLessThan(tolerance);
            assertThat(text.embedding()).isEqualTo(wideText.embedding());
        }
    }

    @Test
    void resultsBelongToTheOwnerAndNothingPilesUp() {
        NDArray pixels = wave(scope, 2, 3, 64, 64);
        int resident = model.residentArrays();
        int before = scope.getManagedArrays().size();
        for (int i = 0; i < 8; i++) {
            try (NDManager owner = model.newScope()) {
                Conditioning text = model.condition(owner, PROMPTS.subList(0, 2));
                assertThat(owner.getManagedArrays())
                        .hasSize(1 + text.keysValues().size());
                NDArray latent = model.encode(owner, pixels);
                NDArray prediction = model.predict(owner, latent, new int[] {1}, text);
                model.combine(owner, latent, 0.5, prediction, 2);
                model.decode(owner, latent);
                assertThat(owner.getManagedArrays())
                        .hasSize(1 + text.keysValues().size() + 4);
            }
        }
        assertThat(scope.getManagedArrays()).hasSize(before);
        assertThat(model.residentArrays()).isEqualTo(resident);
        assertThat(pixels.isReleased()).isFalse();
    }

    @Test
    void combinesLinearly() {
        NDArray x = scope.create(new float[] {1, 2});
        NDArray y = scope.create(new float[] {10, -10});

        assertThat(model.combine(scope, x, 3, y, -0.5).toFloatArray()).containsExactly(-2, 11);
    }

    @Test
    void closingFreesItsScopesAndItsTokenizer() {
        StableDiffusion closed = EmbeddedModel.load();
        NDManager open = closed.newScope();
        NDArray latent = noise(open, 1, 4, 16, 16);

        closed.close();

        assertThat(open.isOpen()).isFalse();
        assertThat(latent.isReleased()).isTrue();
        assertThatThrownBy(() -> closed.tokenizer().encode("heart")).isInstanceOf(IllegalStateException.class);
    }

    /** The embedded model with another part in one place; keeps the tokenizers that it handed out. */
    private static class Altered implements ModelComponents {
        private final ModelComponents embedded = new DiffusersFolder(EmbeddedModel.FOLDER);
        private final List<ClipTokenizer> tokenizers = new ArrayList<>();

        @Override
        public String name() {
            return "altered";
        }

        @Override
        public NetworkConfig config(Component component) {
            return embedded.config(component);
        }

        @Override
        public WeightSource weights(Component component, List<WeightSpec> specs) {
            return embedded.weights(component, specs);
        }

        @Override
        public ClipTokenizer tokenizer(Component textEncoder, int length) {
            tokenizers.add(embedded.tokenizer(textEncoder, length));
            return tokenizers.get(0);
        }
    }

    private static void refuse(Altered components, Class<? extends Exception> type, String... message) {
        assertThatThrownBy(() -> StableDiffusion.load(components, Device.cpu(), ScalarType.FLOAT32))
                .isInstanceOf(type)
                .hasMessageContainingAll(message);
        assertThat(components.tokenizers).hasSize(1).allSatisfy(tokenizer -> assertThatThrownBy(
                        () -> tokenizer.encode("heart"))
                .isInstanceOf(IllegalStateException.class));
    }

    @Test
    void aLoadThatFailsClosesWhatWasLoadedBefore() {
        refuse(
                new Altered() {
                    @Override
                    public WeightSource weights(Component component, List<WeightSpec> specs) {
                        return component == Component.UNET ? InMemoryWeights.of() : super.weights(component, specs);
                    }
                },
                WeightsException.class,
                "208 missing: ",
                "conv_in.weight[96, 4, 3, 3]");
    }

    @Test
    void aTokenizerWithMoreIdsThanTheTextEncoderHasIsRefused() {
        refuse(
                new Altered() {
                    @Override
                    public NetworkConfig config(Component component) {
                        if (component != Component.TEXT_ENCODER) {
                            return super.config(component);
                        }
                        return NetworkConfig.parse("text_encoder/config.json", """
                                {"vocab_size": 4650, "hidden_size": 128, "intermediate_size": 512,
                                 "num_hidden_layers": 2, "num_attention_heads": 4}
                                """);
                    }
                },
                UnsupportedConfigException.class,
                "the tokenizer of altered has ids up to 4650",
                "vocab_size 4650");
    }

    @Test
    void aMissingFolderIsNamed() {
        DiffusersFolder nowhere = new DiffusersFolder(EmbeddedModel.FOLDER.resolve("nowhere"));

        assertThatThrownBy(() -> StableDiffusion.load(nowhere, Device.cpu(), ScalarType.FLOAT32))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageContaining("there is no file " + nowhere.name() + "/unet/config.json");
    }
}
