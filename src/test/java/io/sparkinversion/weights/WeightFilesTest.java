package io.sparkinversion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightFilesTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "diffusion_pytorch_model, FULL, d.safetensors d.fp16.safetensors d.non_ema.safetensors d.bin, d.safetensors",
        "diffusion_pytorch_model, HALF, d.safetensors d.fp16.safetensors d.non_ema.safetensors, d.fp16.safetensors",
        "diffusion_pytorch_model, FULL, d.fp16.safetensors d.bin, d.fp16.safetensors",
        "diffusion_pytorch_model, HALF, d.safetensors d.fp16.bin, d.safetensors",
        "diffusion_pytorch_model, FULL, d.safetensors.index.json d.fp16.safetensors, d.safetensors.index.json",
        "diffusion_pytorch_model, HALF, d.safetensors.index.fp16.json d.safetensors, d.safetensors.index.fp16.json",
        "diffusion_pytorch_model, HALF, d.fp16.safetensors.index.json d.safetensors, d.fp16.safetensors.index.json",
        "diffusion_pytorch_model, FULL, d.non_ema.bin d.bin d.fp16.bin, d.bin",
        "diffusion_pytorch_model, HALF, d.non_ema.bin d.bin d.fp16.bin, d.fp16.bin",
        "diffusion_pytorch_model, FULL, d.non_ema.safetensors config.json, d.non_ema.safetensors",
        "diffusion_pytorch_model, FULL, d.bf16.safetensors config.json, d.bf16.safetensors",
        "diffusion_pytorch_model, HALF, d.bf16.safetensors d.bin, d.bin",
        "model, FULL, model.safetensors pytorch_model.bin, model.safetensors",
        "model, FULL, model.bin pytorch_model.bin, pytorch_model.bin",
        "model, HALF, pytorch_model.bin pytorch_model.fp16.bin, pytorch_model.fp16.bin",
    })
    void choosesAmongTheVariants(String stem, WeightPrecision precision, String names, String expected) {
        Set<String> present = Set.of(names.replaceAll("\\bd\\.", stem + ".").split(" "));

        assertThat(WeightFiles.choose(present, stem, precision, "unet"))
                .isEqualTo(expected.replaceAll("^d\\.", stem + "."));
    }

    @Test
    void opensWhatItChooses() {
        WeightTensor tensor = WeightTensor.ofFloats("w", new long[] {1}, 4);
        SafetensorsWriter.write(folder.resolve("model.safetensors"), List.of(tensor), Map.of());
        try (WeightSource source = WeightFiles.open(folder, "model")) {
            assertThat(source.read("w")).isEqualTo(tensor);
        }
    }

    @Test
    void opensAnIndex() throws IOException {
        WeightTensor tensor = WeightTensor.ofFloats("w", new long[] {1}, 4);
        SafetensorsWriter.write(folder.resolve("model-00001-of-00001.safetensors"), List.of(tensor), Map.of());
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"weight_map\": {\"w\": \"model-00001-of-00001.safetensors\"}}");
        try (WeightSource source = WeightFiles.open(folder, "model", WeightPrecision.HALF)) {
            assertThat(source).isInstanceOf(ShardedWeights.class);
            assertThat(source.read("w")).isEqualTo(tensor);
        }
    }

    @Test
    void aLinkToNowhereIsNamedAsSuch() throws IOException {
        Files.createSymbolicLink(folder.resolve("model.safetensors"), folder.resolve("blobs/gone"));

        assertThatThrownBy(() -> WeightFiles.open(folder, "model"))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("it holds model.safetensors (a broken link)");
    }

    @Test
    void sayWhatWasLookedForAndWhatIsThere() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        Files.writeString(folder.resolve("model.ckpt"), "");

        assertThatThrownBy(() -> WeightFiles.open(folder, "diffusion_pytorch_model"))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith("no weights in " + folder + "; looked for diffusion_pytorch_model.safetensors,")
                .hasMessageContaining("diffusion_pytorch_model.bin")
                .hasMessageContaining("config.json, model.ckpt");
    }

    @Test
    void opensFilesByWhatTheyAre() throws IOException {
        Path safetensors = folder.resolve("lpips.pth");
        SafetensorsWriter.write(safetensors, List.of(WeightTensor.ofFloats("w", new long[] {1}, 4)), Map.of());
        Path zip = Files.copy(Checkpoints.resource("torch_zip.pth"), folder.resolve("model.safetensors"));
        Path legacy = Files.copy(Checkpoints.resource("torch_legacy.pth"), folder.resolve("model"));
        for (Path file : List.of(safetensors, zip, legacy)) {
            try (WeightSource source = WeightFiles.openFile(file)) {
                assertThat(source.description()).isEqualTo(file.toString());
                assertThat(source.names()).isNotEmpty();
            }
        }
    }

    @Test
    void saysThatAFileIsInNeitherFormat() throws IOException {
        Path text = Files.writeString(folder.resolve("weights.txt"), "these are not the weights you are looking for");
        Path pointer = Files.writeString(
                folder.resolve("model.safetensors"), "version https://git-lfs.example/v1\noid sha256:0\nsize 1\n");

        assertThatThrownBy(() -> WeightFiles.openFile(text))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(text.toString())
                .hasMessageContaining("is neither a safetensors file nor a PyTorch checkpoint");
        assertThatThrownBy(() -> WeightFiles.openFile(pointer))
                .isInstanceOf(WeightsException.class)
                .hasMessage(pointer + " is a Git LFS pointer, not the weights; fetch them with 'git lfs pull'");
    }

    @Test
    void opensLpipsWeights() {
        try (WeightSource source = WeightFiles.openFile(Checkpoints.shared("lpips/lpips-alex-v0.1.safetensors"))) {
            assertThat(source.names()).hasSizeGreaterThan(10);
        }
    }

    @ParameterizedTest
    @CsvSource({"fixtures/models/tiny-sd15", "fixtures/models/tiny-sd21v", "models/emoji-ldm"})
    void opensTheModelsAtHand(String name) {
        Path model = Checkpoints.shared(name);
        for (String component : List.of("unet", "vae", "text_encoder")) {
            String stem = component.equals("text_encoder") ? "model" : "diffusion_pytorch_model";
            try (WeightSource source = WeightFiles.open(model.resolve(component), stem)) {
                assertThat(source.names()).hasSizeGreaterThan(10);
                for (String tensor : source.names()) {
                    WeightTensor weights = source.read(tensor);
                    assertThat(weights.shape()).isEqualTo(source.shape(tensor));
                    if (weights.type().isFloatingPoint()) {
                        for (float value : weights.toFloats()) {
                            assertThat(Float.isFinite(value)).isTrue();
                        }
                    }
                }
            }
        }
    }
}
