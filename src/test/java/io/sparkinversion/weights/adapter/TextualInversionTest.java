package io.sparkinversion.weights.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.weights.FakeWeights;
import io.sparkinversion.weights.SafetensorsWriter;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.WeightTensor;
import io.sparkinversion.weights.WeightsException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextualInversionTest {
    @TempDir
    private Path folder;

    private Path file(String file, WeightTensor... tensors) {
        Path path = folder.resolve(file);
        SafetensorsWriter.write(path, List.of(tensors), Map.of());
        return path;
    }

    private static WeightTensor rows(String name, int rows, int width) {
        return WeightTensor.ofFloats(name, new long[] {rows, width}, new float[rows * width]);
    }

    @Test
    void theTokenIsTheOneOfTheFileOrTheFilesNameOrTheOneGiven() {
        Path own = file("a.safetensors", rows("<cat-toy>", 1, 4));
        Path nameless = file("easyneg.safetensors", rows("emb_params", 2, 4));

        assertThat(TextualInversion.read(own, null).token()).isEqualTo("<cat-toy>");
        assertThat(TextualInversion.read(nameless, null).token()).isEqualTo("easyneg");
        assertThat(TextualInversion.read(nameless, "neg").token()).isEqualTo("neg");
        Path first = file("first.safetensors", rows("clip_l", 2, 4));
        assertThat(TextualInversion.read(first, null).token()).isEqualTo("first");
        assertThat(TextualInversion.read(nameless, "neg").vectorNames()).containsExactly("neg_1");
    }

    @Test
    void xlHasVectorsForBothEncoders() {
        TextualInversion read =
                TextualInversion.read(file("style.safetensors", rows("clip_l", 2, 3), rows("clip_g", 2, 5)), null);

        read.requireFit(List.of(3, 5));
        assertThat(read.count()).isEqualTo(2);
        assertThatThrownBy(() -> read.requireFit(List.of(3))).isInstanceOf(WeightsException.class);
    }

    @Test
    void vectorsThatAreNoNumbersAreRefused() {
        Path file = file("t.safetensors", WeightTensor.ofFloats("t", new long[] {2}, new float[] {1, Float.NaN}));

        assertThatThrownBy(() -> TextualInversion.read(file, null))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("vector holds NaN");
    }

    @Test
    void aWrongWidthIsRefusedWithTheModelThatItBelongsTo() {
        TextualInversion read = TextualInversion.read(file("t.safetensors", rows("t", 1, 1024)), null);

        assertThatThrownBy(() -> read.requireFit(List.of(768)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll("[1024]", "[768]", "Stable Diffusion 2.x");
    }

    @Test
    void severalTokensInAFileAreRefused() {
        Path file = file("t.safetensors", rows("a", 1, 4), rows("b", 1, 4));

        assertThatThrownBy(() -> TextualInversion.read(file, null))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("2 tensors");
    }

    @Test
    void theEmbeddingGetsTheVectorsAsItsLastRows() {
        String name = "text_model.embeddings.token_embedding.weight";
        try (WeightSource stored = new FakeWeights(Map.of(name, new long[] {3, 2}), 1);
                WeightSource extended = new ExtendedEmbedding(stored, List.of(new float[] {7, 8}))) {
            assertThat(extended.shape(name)).containsExactly(4, 2);
            assertThat(extended.read(name).toFloats())
                    .startsWith(stored.read(name).toFloats())
                    .endsWith(7, 8);
        }
    }
}
