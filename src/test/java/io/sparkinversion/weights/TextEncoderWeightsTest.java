package io.sparkinversion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.weights.WeightViews.Part;
import io.sparkinversion.weights.WeightViews.View;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TextEncoderWeightsTest {

    private static WeightSource source(String... names) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (String name : names) {
            shapes.put(name, new long[] {6, 2});
        }
        return new FakeWeights(shapes, 1);
    }

    @Test
    void theNamesOfNewerVersionsOfTransformersGetTheirLevelBack() {
        WeightSource weights = TextEncoderWeights.of(
                source("embeddings.token_embedding.weight", "encoder.layers.0.mlp.fc1.weight", "final_layer_norm.bias"),
                1,
                false);

        assertThat(weights.names())
                .containsExactly(
                        "text_model.embeddings.token_embedding.weight",
                        "text_model.encoder.layers.0.mlp.fc1.weight",
                        "text_model.final_layer_norm.bias");
    }

    @Test
    void layersBeyondThoseOfTheConfigAndWhatIsDerivedAreLeftOut() {
        WeightSource stored = source(
                "text_model.embeddings.position_ids",
                "text_model.encoder.layers.0.mlp.fc1.weight",
                "text_model.encoder.layers.10.mlp.fc1.weight",
                "text_model.encoder.layers.11.mlp.fc1.weight",
                "text_projection.weight",
                "logit_scale");

        assertThat(TextEncoderWeights.of(stored, 11, false).names())
                .containsExactly(
                        "text_model.encoder.layers.0.mlp.fc1.weight", "text_model.encoder.layers.10.mlp.fc1.weight");
        assertThat(TextEncoderWeights.of(stored, 12, true).names())
                .contains("text_model.encoder.layers.11.mlp.fc1.weight", "text_projection.weight");
    }

    @Test
    void viewsTakePartsOfAStoredWeight() {
        WeightSource stored = source("qkv");
        float[] all = stored.read("qkv").toFloats();
        WeightViews views = new WeightViews(
                stored,
                Map.of(
                        "q", new View("qkv", Part.QUERY_ROWS),
                        "v", new View("qkv", Part.VALUE_ROWS),
                        "t", new View("qkv", Part.TRANSPOSED)));

        assertThat(views.shape("v")).containsExactly(2, 2);
        assertThat(views.read("q").toFloats()).containsExactly(all[0], all[1], all[2], all[3]);
        assertThat(views.read("v").toFloats()).containsExactly(all[8], all[9], all[10], all[11]);
        assertThat(views.read("t").shape()).containsExactly(2, 6);
        assertThat(views.read("t").toFloats())
                .startsWith(all[0], all[2], all[4])
                .endsWith(all[9], all[11]);
        assertThatThrownBy(() -> views.read("k"))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("'k'");
    }
}
