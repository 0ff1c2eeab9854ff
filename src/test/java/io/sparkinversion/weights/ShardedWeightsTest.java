package io.sparkinversion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardedWeightsTest {

    @TempDir
    private Path folder;

    private Path index(String weightMap) throws IOException {
        return Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"metadata\": {\"total_size\": 8}, \"weight_map\": " + weightMap + "}");
    }

    private void shard(String name, String tensor, float value) {
        SafetensorsWriter.write(
                folder.resolve(name), List.of(WeightTensor.ofFloats(tensor, new long[] {1}, value)), Map.of());
    }

    @Test
    void findsEveryTensorInItsShard() throws IOException {
        shard("model-00001-of-00002.safetensors", "a", 1);
        shard("model-00002-of-00002.safetensors", "b", 2);
        Path index = index(
                "{\"a\": \"model-00001-of-00002.safetensors\"," + " \"b\": \"model-00002-of-00002.safetensors\"}");
        try (ShardedWeights weights = ShardedWeights.open(index)) {
            assertThat(weights.names()).containsExactly("a", "b");
            assertThat(weights.description()).isEqualTo(index.toString());
            assertThat(weights.read("b").toFloats()).containsExactly(2);
            assertThat(weights.shape("a")).containsExactly(1);
            assertThat(weights.type("a")).isEqualTo(WeightType.F32);
            assertThatThrownBy(() -> weights.read("c"))
                    .isInstanceOf(WeightsException.class)
                    .hasMessage("no tensor 'c' in " + index + "; nearest: a, b");
        }
    }

    @Test
    void opensAShardWhenItIsNeeded() throws IOException {
        shard("good.safetensors", "a", 1);
        Files.writeString(folder.resolve("damaged.safetensors"), "damaged beyond repair");
        Path index = index("{\"a\": \"good.safetensors\", \"b\": \"damaged.safetensors\"}");
        try (ShardedWeights weights = ShardedWeights.open(index)) {
            assertThat(weights.read("a").toFloats()).containsExactly(1);
            assertThatThrownBy(() -> weights.read("b"))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining("damaged.safetensors");
        }
    }

    @Test
    void shardsCanBePickled() throws IOException {
        Files.copy(Checkpoints.resource("zip.pth"), folder.resolve("pytorch_model-00001-of-00001.bin"));
        Path index = index("{\"scalar\": \"pytorch_model-00001-of-00001.bin\"}");
        try (ShardedWeights weights = ShardedWeights.open(index)) {
            Checkpoints.assertTensor(
                    weights.read("scalar"),
                    Checkpoints.expected("expected.json").path("scalar"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"../secret.safetensors\"",
                "\"/etc/passwd\"",
                "\"sub/../../secret.safetensors\"",
                "\"..\"",
                "\".\"",
                "\"\"",
                "\"a\\\\b\"",
                "\"a\\u0000\"",
                "3",
                "null"
            })
    void refusesShardsElsewhere(String shard) throws IOException {
        Path index = index("{\"a\": " + shard + "}");

        assertThatThrownBy(() -> ShardedWeights.open(index))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(index + ": tensor 'a' is said to be in ")
                .hasMessageEndingWith("which is not a file beside the index");
    }

    @Test
    void namesTheShardsThatAreMissing() throws IOException {
        shard("one.safetensors", "a", 1);
        Path index = index("{\"a\": \"one.safetensors\", \"b\": \"two.safetensors\", \"c\": \"three.safetensors\"}");

        assertThatThrownBy(() -> ShardedWeights.open(index))
                .isInstanceOf(WeightsException.class)
                .hasMessage(index + " names shards that are not beside it: three.safetensors, two.safetensors;"
                        + " fetch them too");
    }

    @Test
    void refusesOtherJson() throws IOException {
        Path index = Files.writeString(folder.resolve("a.index.json"), "{\"weights\": 1}");
        Path broken = Files.writeString(folder.resolve("b.index.json"), "{");

        assertThatThrownBy(() -> ShardedWeights.open(index))
                .isInstanceOf(WeightsException.class)
                .hasMessage(index + " has no 'weight_map' object; it is not an index of weights");
        assertThatThrownBy(() -> ShardedWeights.open(broken))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(broken + " is not valid JSON");
    }

    /** An index that names itself must not be opened for ever. */
    @Test
    void aShardIsNeverAnIndex() throws IOException {
        Path index = index("{\"a\": \"model.safetensors.index.json\"}");
        try (ShardedWeights weights = ShardedWeights.open(index)) {
            assertThatThrownBy(() -> weights.read("a"))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining("neither a safetensors file nor a PyTorch checkpoint");
        }
    }

    @Test
    void saysThatItIsClosed() throws IOException {
        shard("one.safetensors", "a", 1);
        Path index = index("{\"a\": \"one.safetensors\"}");
        ShardedWeights weights = ShardedWeights.open(index);
        weights.close();

        assertThatThrownBy(() -> weights.read("a"))
                .isInstanceOf(WeightsException.class)
                .hasMessage(index + " is closed; tensor 'a' cannot be read any more");
    }
}
