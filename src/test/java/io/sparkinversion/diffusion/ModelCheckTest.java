package io.sparkinversion.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.UserException;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.weights.SafetensorsFile;
import io.sparkinversion.weights.SafetensorsWriter;
import io.sparkinversion.weights.WeightTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Variants of the embedded model's folder. */
class ModelCheckTest {
    private static final String UNET = "unet/diffusion_pytorch_model.safetensors";

    @TempDir
    private Path folder;

    @BeforeEach
    void copy() throws IOException {
        try (Stream<Path> files = Files.walk(EmbeddedModel.FOLDER)) {
            for (Path file : files.toList()) {
                Path target =
                        folder.resolve(EmbeddedModel.FOLDER.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.createSymbolicLink(target, file.toAbsolutePath());
                }
            }
        }
    }

    private void write(String file, String text) throws IOException {
        Files.deleteIfExists(folder.resolve(file));
        Files.writeString(folder.resolve(file), text);
    }

    private void keepWeights(Predicate<String> kept) throws IOException {
        List<WeightTensor> tensors = new ArrayList<>();
        try (SafetensorsFile file = SafetensorsFile.open(EmbeddedModel.FOLDER.resolve(UNET))) {
            file.names().stream().filter(kept).forEach(name -> tensors.add(file.read(name)));
        }
        Files.delete(folder.resolve(UNET));
        SafetensorsWriter.write(folder.resolve(UNET), tensors, Map.of());
    }

    private ModelNetworks check() {
        return ModelCheck.check(new DiffusersFolder(folder));
    }

    @Test
    void theEmbeddedModelIsSound() {
        assertThat(check().components()).hasSize(3);
    }

    @Test
    void aMissingWeightIsFound() throws IOException {
        keepWeights(name -> !name.equals("conv_in.weight"));

        assertThatThrownBy(this::check)
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("unet", "1 missing: conv_in.weight");
    }

    @Test
    void aUNetWithoutMidBlockRuns() throws IOException {
        keepWeights(name -> !name.startsWith("mid_block."));
        assertThatThrownBy(this::check).isInstanceOf(UserException.class).hasMessageContaining("missing: mid_block.");

        String config = Files.readString(folder.resolve("unet/config.json"));
        write("unet/config.json", config.replaceFirst("\\{", "{\"mid_block_type\": null, "));

        assertThat(check().unetConfig().midBlock()).isFalse();
        try (StableDiffusion model =
                        StableDiffusion.load(new DiffusersFolder(folder), Device.cpu(), ScalarType.FLOAT32);
                NDManager scope = model.newScope()) {
            NDArray noise = scope.randomNormal(new Shape(1, 4, 16, 16));
            NDArray output = model.predict(scope, noise, new int[] {1}, model.condition(scope, List.of("a cat")));
            assertThat(output.getShape()).isEqualTo(noise.getShape());
            assertThat(Float.isFinite(output.sum().getFloat())).isTrue();
        }
    }

    @Test
    void aMissingTokenizerIsTheUsersToMend() throws IOException {
        Files.delete(folder.resolve("tokenizer/vocab.json"));

        assertThatThrownBy(this::check)
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("vocab.json", "fetch tokenizer/ again");
    }

    @Test
    void addedTokensAreHonoured() throws IOException {
        long lion;
        try (ClipTokenizer tokenizer = ClipTokenizer.load(folder.resolve("tokenizer"), 77)) {
            lion = tokenizer.encode("lion").ids()[1];
        }
        write("tokenizer/added_tokens.json", "{\"<cat-toy>\": " + lion + "}");

        try (ClipTokenizer tokenizer = ClipTokenizer.load(folder.resolve("tokenizer"), 77)) {
            assertThat(tokenizer.encode("fluent emoji of <cat-toy> face").ids())
                    .isEqualTo(tokenizer.encode("fluent emoji of lion face").ids());
            assertThat(tokenizer.encode("fluent emoji of <CAT-TOY> face").ids())
                    .isNotEqualTo(tokenizer.encode("fluent emoji of lion face").ids());
            assertThat(tokenizer.offsets("of <cat-toy> face")).containsExactly(0, 3, 13);
        }
    }

    @Test
    void aTokenizerThatDoesNotFitTheEmbeddingIsRefused() throws IOException {
        write("tokenizer/added_tokens.json", "{\"<cat-toy>\": 60000}");

        assertThatThrownBy(this::check)
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("ids up to 60000", "do not belong together");
    }

    @Test
    void aSchedulerOfAFlowModelIsRefused() throws IOException {
        write(
                "scheduler/scheduler_config.json",
                "{\"_class_name\": \"FlowMatchEulerDiscreteScheduler\", \"num_train_timesteps\": 1000}");

        assertThatThrownBy(this::check).isInstanceOf(UserException.class).hasMessageContaining("a flow model");
    }
}
