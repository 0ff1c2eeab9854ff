package io.sparkinversion.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.UserException;
import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.network.ClipTextConfig;
import io.sparkinversion.network.UNetConfig;
import io.sparkinversion.network.UnsupportedConfigException;
import io.sparkinversion.network.VaeConfig;
import io.sparkinversion.torchscript.ScalarType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FakeModelTest {

    @TempDir
    private Path folder;

    private FakeModel tinyModel() throws IOException {
        return TinyModel.write(folder);
    }

    private static StableDiffusion load(FakeModel model) {
        return StableDiffusion.load(model, Device.cpu(), ScalarType.FLOAT32);
    }

    @Test
    void aFolderOfConfigsRunsFromEndToEnd() throws IOException {
        try (StableDiffusion model = load(tinyModel());
                NDManager scope = model.newScope()) {
            NDArray latent = model.encode(scope, EmbeddedModel.wave(scope, 2, 3, 44, 28));
            Conditioning text = model.condition(scope, List.of("a prompt", "another"));
            NDArray prediction = model.predict(scope, latent, new int[] {501}, text);
            NDArray image = model.decode(scope, prediction);

            assertThat(model.trainedResolution()).isEqualTo(32);
            assertThat(latent.getShape()).isEqualTo(new Shape(2, 4, 11, 7));
            assertThat(prediction.getShape()).isEqualTo(latent.getShape());
            assertThat(image.getShape()).isEqualTo(new Shape(2, 3, 44, 28));
            for (float value : image.toFloatArray()) {
                assertThat(value).isFinite();
            }
            assertThat(model.schedule().predictionType()).isEqualTo(NoiseSchedule.PredictionType.V_PREDICTION);
        }
    }

    @Test
    void theSameConfigsGiveTheSameWeights() throws IOException {
        FakeModel fake = tinyModel();
        try (StableDiffusion first = load(fake);
                StableDiffusion second = load(fake);
                NDManager scope = first.newScope()) {
            assertThat(first.embed(scope, List.of("cat"))).isEqualTo(second.embed(scope, List.of("cat")));
            assertThat(first.embed(scope, List.of("cat"))).isNotEqualTo(first.embed(scope, List.of("dog")));
        }
    }

    @Test
    void aTokenizerInTheFolderIsTaken() throws IOException {
        FakeModel fake = tinyModel();
        Path tokenizer = Files.createDirectories(folder.resolve("tokenizer"));
        for (String file : List.of("vocab.json", "merges.txt")) {
            Files.copy(EmbeddedModel.FOLDER.resolve("tokenizer").resolve(file), tokenizer.resolve(file));
        }

        try (ClipTokenizer taken = fake.tokenizer(Component.TEXT_ENCODER, 77)) {
            assertThat(taken.encode("heart").tokenCount()).isEqualTo(1);
        }
    }

    @Test
    void withoutATokenizerEveryLetterIsAToken() throws IOException {
        try (ClipTokenizer tokenizer = tinyModel().tokenizer(Component.TEXT_ENCODER, 77)) {
            assertThat(tokenizer.encode("heart").tokenCount()).isEqualTo(5);
        }
    }

    @ParameterizedTest
    @CsvSource({"sd15, 64, 768, EPSILON", "sd21, 96, 1024, V_PREDICTION"})
    void theBuiltInConfigsAreAccepted(String name, int sampleSize, int width, NoiseSchedule.PredictionType type) {
        FakeModel fake = new FakeModel(name);

        assertThat(UNetConfig.of(fake.config(Component.UNET)).sampleSize()).isEqualTo(sampleSize);
        assertThat(VaeConfig.of(fake.config(Component.VAE)).downsampling()).isEqualTo(8);
        assertThat(ClipTextConfig.of(fake.config(Component.TEXT_ENCODER)).hiddenSize())
                .isEqualTo(width);
        assertThat(NoiseSchedule.of(fake.config(Component.SCHEDULER)).predictionType())
                .isEqualTo(type);
        try (ClipTokenizer tokenizer = fake.tokenizer(Component.TEXT_ENCODER, 77)) {
            assertThat(tokenizer.length()).isEqualTo(77);
        }
    }

    @Test
    void anotherNameIsRefusedWithTheOnesThatExist() {
        assertThatThrownBy(() -> new FakeModel("sd3"))
                .isInstanceOf(UserException.class)
                .hasMessage("no fake model 'sd3': it must be one of sd15, sd21, sdxl or a folder of configs");
    }

    @Test
    void aFolderWithoutAConfigIsRefusedByFile() throws IOException {
        FakeModel fake = tinyModel();
        Files.delete(folder.resolve("vae/config.json"));

        assertThatThrownBy(() -> load(fake))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageContaining("there is no file " + folder.resolve("vae/config.json"));
    }
}
