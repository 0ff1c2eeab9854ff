package io.sparkinversion.weights.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.weights.FakeWeights;
import io.sparkinversion.weights.SafetensorsWriter;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.WeightTensor;
import io.sparkinversion.weights.WeightsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoraFileTest {
    private static final String QUERY = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q";
    private static final String OUT = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_out.0";
    private static final String TEXT = "text_model.encoder.layers.0.self_attn.q_proj";
    private static final LoraModules MODULES = new LoraModules(Map.of(
            "unet",
            List.of(
                    QUERY + ".weight",
                    OUT + ".weight",
                    "down_blocks.0.resnets.0.conv1.weight",
                    "down_blocks.0.resnets.1.conv1.weight"),
            "text_encoder",
            List.of(TEXT + ".weight")));

    @TempDir
    private Path folder;

    private Path file(WeightTensor... tensors) {
        Path file = folder.resolve("lora.safetensors");
        SafetensorsWriter.write(file, List.of(tensors), Map.of());
        return file;
    }

    private static WeightTensor tensor(String name, long[] shape, float... values) {
        return WeightTensor.ofFloats(name, shape, values);
    }

    private Path pair(String down, String up) {
        return file(tensor(down, new long[] {1, 2}, 1, 2), tensor(up, new long[] {2, 1}, 3, 4));
    }

    @ParameterizedTest
    @CsvSource({
        "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q.lora_down.weight, lora_up, unet",
        "lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q.lora_down.weight, lora_up, unet",
        "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.processor.to_q_lora.down.weight, _lora.up, unet",
        "down_blocks.1.attentions.0.transformer_blocks.0.attn1.processor.to_q_lora.down.weight, _lora.up, unet",
        "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q.lora_A.weight, lora_B, unet",
        "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q.lora.down.weight, lora.up, unet",
        "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.processor.to_out_lora.down.weight, _lora.up, unet",
        "lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight, lora_up, text_encoder",
        "lora_te1_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight, lora_up, text_encoder",
        "text_encoder.text_model.encoder.layers.0.self_attn.to_q_lora.down.weight, _lora.up, text_encoder",
        "text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_linear_layer.down.weight, linear_layer.up,"
                + " text_encoder"
    })
    void theNamesOfAllCommonToolsAreUnderstood(String down, String up, String component) {
        String other =
                down.replace("lora_down", "lora_up").replace("lora_A", "lora_B").replace(".down.", ".up.");
        assertThat(other).contains(up);

        List<LoraChange> changes = LoraFile.read(pair(down, other), MODULES, 1);

        assertThat(changes).singleElement().satisfies(change -> {
            assertThat(change.component()).isEqualTo(component);
            assertThat(change.module())
                    .isEqualTo(component.equals("unet") ? (down.contains("to_out") ? OUT : QUERY) : TEXT);
        });
    }

    @Test
    void theChangeIsScaledByAlphaAndRankAndAdded() {
        String name = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q";
        Path file = file(
                tensor(name + ".lora_down.weight", new long[] {2, 2}, 1, 2, 3, 4),
                tensor(name + ".lora_up.weight", new long[] {2, 2}, 1, 0, 0, 2),
                tensor(name + ".alpha", new long[0], 1));
        try (WeightSource base = new FakeWeights(Map.of(QUERY + ".weight", new long[] {2, 2}), 3);
                WeightSource merged = new LoraWeights(base, LoraFile.read(file, MODULES, 0.5))) {
            float[] before = base.read(QUERY + ".weight").toFloats();

            float[] after = merged.read(QUERY + ".weight").toFloats();

            // 0.5 x 1/2 x [[1, 2], [6, 8]]
            assertThat(after).containsExactly(before[0] + 0.25f, before[1] + 0.5f, before[2] + 1.5f, before[3] + 2f);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"unet.r\": 2, \"unet.lora_alpha\": 8}', 4",
        "'{\"unet.r\": 2, \"unet.lora_alpha\": 8, \"unet.use_rslora\": true}', 5.656854",
        "'{\"text_encoder.r\": 2, \"text_encoder.lora_alpha\": 8}', 1",
        "'{\"unet.lora_alpha\": null}', 1"
    })
    void theAlphaThatDiffusersWritesIntoTheMetadataIsTaken(String metadata, float factor) {
        Path file = folder.resolve("lora.safetensors");
        SafetensorsWriter.write(
                file,
                List.of(
                        tensor("unet." + QUERY + ".lora_A.weight", new long[] {2, 2}, 1, 2, 3, 4),
                        tensor("unet." + QUERY + ".lora_B.weight", new long[] {2, 2}, 1, 0, 0, 2)),
                Map.of("lora_adapter_metadata", metadata));

        assertThat(LoraFile.read(file, MODULES, 1).get(0).factor()).isEqualTo(factor);
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"unet.lora_alpha\": 8, \"unet.alpha_pattern\": {\"to_q\": 4}}', alpha_pattern",
        "'{\"unet.lora_alpha\": \"eight\"}', not a number",
        "'{', is not valid JSON"
    })
    void metadataThatIsNotUnderstoodIsRefused(String metadata, String why) {
        Path file = folder.resolve("lora.safetensors");
        SafetensorsWriter.write(
                file,
                List.of(
                        tensor("unet." + QUERY + ".lora_A.weight", new long[] {1, 2}, 1, 2),
                        tensor("unet." + QUERY + ".lora_B.weight", new long[] {2, 1}, 1, 0)),
                Map.of("lora_adapter_metadata", metadata));

        assertThatThrownBy(() -> LoraFile.read(file, MODULES, 1))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(why);
    }

    @Test
    void anAlphaThatIsNoNumberIsRefused() {
        String name = "unet." + QUERY;
        for (WeightTensor alpha :
                List.of(tensor(name + ".alpha", new long[] {0}), tensor(name + ".alpha", new long[0], Float.NaN))) {
            Path file = file(
                    tensor(name + ".lora_A.weight", new long[] {1, 2}, 1, 2),
                    tensor(name + ".lora_B.weight", new long[] {2, 1}, 1, 0),
                    alpha);

            assertThatThrownBy(() -> LoraFile.read(file, MODULES, 1))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining("'" + name + ".alpha' is not one finite number");
        }
    }

    @Test
    void aWholeModelIsSentToItsOwnOption() {
        Path file = file(
                tensor("conditioner.embedders.0.transformer.x", new long[] {1}, 1),
                tensor("model.diffusion_model.x", new long[] {1}, 1));

        assertThatThrownBy(() -> LoraFile.read(file, MODULES, 1))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("is a whole model and no LoRA: give it with --model");
    }

    @Test
    void severalLorasAddUp() {
        String name = "unet." + QUERY;
        Path file = pair(name + ".lora_A.weight", name + ".lora_B.weight");
        List<LoraChange> both = new ArrayList<>(LoraFile.read(file, MODULES, 1));
        both.addAll(LoraFile.read(file, MODULES, -1));
        try (WeightSource base = new FakeWeights(Map.of(QUERY + ".weight", new long[] {2, 2}), 3);
                WeightSource merged = new LoraWeights(base, both)) {
            float[] before = base.read(QUERY + ".weight").toFloats();

            assertThat(merged.read(QUERY + ".weight").toFloats())
                    .containsExactly(before, org.assertj.core.data.Offset.offset(1e-5f));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "lora_unet_x.hada_w1_a, a LoHa",
        "lora_unet_x.lokr_w1, a LoKr",
        "lora_unet_x.lora_mid.weight, a LoCon with a Tucker decomposition",
        "lora_unet_x.dora_scale, a DoRA",
        "unet.x.lora_magnitude_vector, a DoRA",
        "lora_unet_x.diff, a full difference",
        "base_model.model.down_blocks.1.x.lora_A.weight, an adapter that peft itself saved",
        "lora_te3_x.lora_down.weight, a LoRA of a model with three text encoders",
        "transformer.x.lora_A.weight, a LoRA of a transformer model"
    })
    void otherAdaptersAreRefusedByName(String key, String kind) {
        Path file = file(tensor(key, new long[] {1, 2}, 1, 2));

        assertThatThrownBy(() -> LoraFile.read(file, MODULES, 1))
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll(" is " + kind, key.replaceFirst("\\.lora_(down|A).weight", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora_unet_elsewhere_to_q", "lora_te_text_projection"})
    void aModuleThatTheModelDoesNotHaveIsNamed(String module) {
        Path file = pair(module + ".lora_down.weight", module + ".lora_up.weight");

        assertThatThrownBy(() -> LoraFile.read(file, MODULES, 1))
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll("does not fit the model", module, "1 of 1 modules");
    }

    @Test
    void aChangeOfAnotherShapeIsRefused() {
        String name = "unet." + QUERY;
        List<LoraChange> changes = LoraFile.read(pair(name + ".lora_A.weight", name + ".lora_B.weight"), MODULES, 1);
        WeightSource wide = new FakeWeights(Map.of(QUERY + ".weight", new long[] {2, 3}), 3);

        assertThatThrownBy(() -> new LoraWeights(wide, changes))
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll("its change of unet." + QUERY + " is 2 x 2", "[2, 3]");
    }

    @Test
    void halfAPairIsRefused() {
        Path file = file(tensor("unet." + QUERY + ".lora_A.weight", new long[] {1, 2}, 1, 2));

        assertThatThrownBy(() -> LoraFile.read(file, MODULES, 1))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("has no up weight");
    }
}
