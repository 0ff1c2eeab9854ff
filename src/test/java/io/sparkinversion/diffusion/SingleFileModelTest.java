package io.sparkinversion.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.UserException;
import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.diffusion.NoiseSchedule.PredictionType;
import io.sparkinversion.network.NetworkConfig;
import io.sparkinversion.weights.SafetensorsWriter;
import io.sparkinversion.weights.WeightTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SingleFileModelTest {
    private static final String SD2 = "cond_stage_model.model.ln_final.weight";
    private static final String SDXL = "conditioner.embedders.1.model.ln_final.weight";

    @TempDir
    private Path folder;

    private Path file(String... names) {
        Path file = folder.resolve("model.safetensors");
        WeightTensor convIn = tensor("model.diffusion_model.input_blocks.0.0.weight", 1, 4, 1, 1);
        SafetensorsWriter.write(
                file,
                Stream.concat(Stream.of(convIn), Stream.of(names).map(name -> tensor(name, 1)))
                        .toList(),
                Map.of());
        return file;
    }

    private static WeightTensor tensor(String name, long... shape) {
        return WeightTensor.ofFloats(name, shape, new float[shape.length == 4 ? 4 : 1]);
    }

    private Path scheduler(String predictionType) throws IOException {
        Path config = Files.createDirectories(folder.resolve("config"));
        Files.createDirectories(config.resolve("scheduler"));
        Files.writeString(
                config.resolve("scheduler/scheduler_config.json"),
                "{\"beta_schedule\": \"scaled_linear\", \"prediction_type\": \"" + predictionType + "\"}");
        return config;
    }

    @ParameterizedTest
    @CsvSource({
        "'    parameterization: \"v\"', V_PREDICTION",
        "parameterization: v  # velocity, V_PREDICTION",
        "'params:\n  parameterization: ''v''\n  timesteps: 1000\n', V_PREDICTION",
        "'# parameterization: \"v\"', EPSILON",
        "parameterization: eps, EPSILON",
        "'params:', EPSILON"
    })
    void theYamlBesideAFileOfStableDiffusion2SaysWhatItPredicts(String yaml, PredictionType expected)
            throws IOException {
        Files.writeString(folder.resolve("model.yaml"), yaml.replace("\\n", "\n"));

        assertThat(SingleFileModel.open(file(SD2), null).schedule().predictionType())
                .isEqualTo(expected);
    }

    @Test
    void withoutAYamlItIsVelocityAndSaidSo() {
        SingleFileModel model = SingleFileModel.open(file(SD2), null);

        assertThat(model.schedule().predictionType()).isEqualTo(PredictionType.V_PREDICTION);
        assertThat(model.prediction().source().orElseThrow()).contains("--prediction-type epsilon");
    }

    @Test
    void aFileThatSaysVelocityIsNotRunByAFolderThatSaysEpsilon() throws IOException {
        SingleFileModel model = SingleFileModel.open(file(SDXL, "v_pred"), scheduler("epsilon"));

        assertThatThrownBy(model::schedule)
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("predicts epsilon", "v_pred says v_prediction", "give --prediction-type");
        assertThat(model.predicting(PredictionType.V_PREDICTION).config(Component.SCHEDULER))
                .isNotNull();
        assertThat(SingleFileModel.open(file(SDXL, "v_pred"), scheduler("v_prediction"))
                        .schedule()
                        .predictionType())
                .isEqualTo(PredictionType.V_PREDICTION);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "model.safetensors"})
    void aConfigThatIsNoDiffusersFolderIsRefused(String config) {
        Path file = file(SD2);

        assertThatThrownBy(() -> SingleFileModel.open(file, folder.resolve(config)))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("is not a diffusers folder");
    }

    @Test
    void aTokenizerBesideTheFileDoesNotSayWhatItsKindOfModelPadsWith() throws IOException {
        Path tokenizer = Files.createDirectory(folder.resolve("tokenizer"));
        try (Stream<Path> files = Files.list(EmbeddedModel.FOLDER.resolve("tokenizer"))) {
            for (Path each : files.toList()) {
                Files.copy(each, tokenizer.resolve(each.getFileName()));
            }
        }
        long zero = 0;

        try (ClipTokenizer beside = ClipTokenizer.load(tokenizer, 77);
                ClipTokenizer second = SingleFileModel.open(file(SD2), null).tokenizer(Component.TEXT_ENCODER, 77)) {
            assertThat(beside.encode("a cat").ids()[76]).isNotEqualTo(zero);
            assertThat(second.encode("a cat").ids()[76]).isEqualTo(zero);
        }
    }

    @ParameterizedTest
    @CsvSource({"0.18215, true", "0.13025, false", "0.5, false"})
    void theVaeOfAWholeModelOfAnotherKindIsRefused(double ownScaling, boolean refused) {
        VaeFiles vae = VaeFiles.of(file(SDXL));
        String config = "{\"block_out_channels\": [32], \"down_block_types\": [\"DownEncoderBlock2D\"],"
                + " \"up_block_types\": [\"UpDecoderBlock2D\"], \"scaling_factor\": " + ownScaling + "}";

        Runnable check = () -> vae.requireSameKind(NetworkConfig.parse("vae", config));

        if (refused) {
            assertThatThrownBy(check::run)
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining("it belongs to another kind of model");
        } else {
            check.run();
        }
    }

    @Test
    void theVaeOfAFolderOfTheHubsCacheIsFound() throws IOException {
        Path snapshot = Files.createDirectories(folder.resolve("models--org--vae/snapshots/abc"));

        assertThat(VaeFiles.of(folder.resolve("models--org--vae")).path()).isEqualTo(snapshot);
    }
}
