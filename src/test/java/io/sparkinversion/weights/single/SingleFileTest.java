package io.sparkinversion.weights.single;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.weights.FakeWeights;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.WeightViews;
import io.sparkinversion.weights.WeightViews.Part;
import io.sparkinversion.weights.WeightViews.View;
import io.sparkinversion.weights.WeightsException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SingleFileTest {
    private static final String D = "model.diffusion_model.";
    private static final List<String> UNET = List.of(
            "conv_in.weight",
            "down_blocks.0.resnets.0.norm1.weight",
            "down_blocks.0.resnets.1.conv1.weight",
            "down_blocks.0.downsamplers.0.conv.weight",
            "down_blocks.1.attentions.1.proj_in.weight",
            "mid_block.resnets.1.time_emb_proj.bias",
            "mid_block.attentions.0.norm.weight",
            "up_blocks.0.upsamplers.0.conv.weight",
            "up_blocks.1.attentions.2.proj_out.bias",
            "up_blocks.1.upsamplers.0.conv.bias",
            "conv_out.weight");

    private static WeightSource file(long[] convIn, String... names) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put(D + "input_blocks.0.0.weight", convIn);
        for (String name : names) {
            shapes.put(name, new long[] {6, 6});
        }
        return new FakeWeights(shapes, 1);
    }

    private static WeightSource file(String... names) {
        return file(new long[] {8, 4, 3, 3}, names);
    }

    @Test
    void namesOfTheUNetAreTurnedToTheOriginalOnes() {
        OriginalUNetNames names = OriginalUNetNames.of(UNET);

        assertThat(UNET.stream().map(names::of))
                .containsExactly(
                        "input_blocks.0.0.weight",
                        "input_blocks.1.0.in_layers.0.weight",
                        "input_blocks.2.0.in_layers.2.weight",
                        "input_blocks.3.0.op.weight",
                        "input_blocks.5.1.proj_in.weight",
                        "middle_block.2.emb_layers.1.bias",
                        "middle_block.1.norm.weight",
                        "output_blocks.2.1.conv.weight",
                        "output_blocks.5.1.proj_out.bias",
                        "output_blocks.5.2.conv.bias",
                        "out.2.weight");
    }

    @Test
    void theDecodersBlocksAreCountedFromTheOtherEnd() {
        OriginalVaeNames names = OriginalVaeNames.of(List.of("decoder.up_blocks.3.resnets.0.norm1.weight"));

        assertThat(names.of("decoder.up_blocks.0.resnets.2.conv_shortcut.weight")
                        .stored())
                .isEqualTo("decoder.up.3.block.2.nin_shortcut.weight");
        assertThat(names.of("encoder.mid_block.attentions.0.to_out.0.weight"))
                .isEqualTo(new View("encoder.mid.attn_1.proj_out.weight", Part.WITHOUT_TRAILING_ONES));
        assertThat(names.of("encoder.conv_norm_out.bias").stored()).isEqualTo("encoder.norm_out.bias");
    }

    @Test
    void openClipsProjectionsAreCutInThree() {
        String prefix = "cond_stage_model.model.";
        try (SingleFile file = SingleFile.of(file(
                prefix + "transformer.resblocks.0.attn.in_proj_weight",
                prefix + "transformer.resblocks.0.mlp.c_fc.weight",
                prefix + "text_projection",
                prefix + "logit_scale"))) {
            WeightViews text = (WeightViews) file.textEncoder(false);

            assertThat(file.architecture()).isEqualTo(Architecture.SD2);
            assertThat(text.names())
                    .containsExactlyInAnyOrder(
                            "text_model.encoder.layers.0.self_attn.q_proj.weight",
                            "text_model.encoder.layers.0.self_attn.k_proj.weight",
                            "text_model.encoder.layers.0.self_attn.v_proj.weight",
                            "text_model.encoder.layers.0.mlp.fc1.weight",
                            "text_projection.weight");
            assertThat(text.shape("text_model.encoder.layers.0.self_attn.k_proj.weight"))
                    .containsExactly(2, 6);
            assertThat(text.view("text_projection.weight").part()).isEqualTo(Part.TRANSPOSED);
        }
    }

    @Test
    void theEmaCopyIsTakenOnlyWhereThereIsNoOther() {
        String copy = "model_ema.diffusion_modelinput_blocks00weight";
        String text = "cond_stage_model.transformer.text_model.final_layer_norm.weight";
        Map<String, long[]> both = new LinkedHashMap<>();
        both.put(D + "input_blocks.0.0.weight", new long[] {8, 4, 3, 3});
        both.put(copy, new long[] {8, 4, 3, 3});
        both.put(text, new long[] {6});
        Map<String, long[]> alone = new LinkedHashMap<>(both);
        alone.remove(D + "input_blocks.0.0.weight");

        try (SingleFile file = SingleFile.of(new FakeWeights(both, 1));
                SingleFile copies = SingleFile.of(new FakeWeights(alone, 1))) {
            List<String> names = List.of("conv_in.weight");
            assertThat(((WeightViews) file.unet(names)).view("conv_in.weight").stored())
                    .isEqualTo(D + "input_blocks.0.0.weight");
            assertThat(((WeightViews) copies.unet(names)).view("conv_in.weight").stored())
                    .isEqualTo(copy);
        }
    }

    @Test
    void whatIsNoPartOfTheArchitectureIsReportedAndNotPassedOver() {
        try (SingleFile file =
                SingleFile.of(file("cond_stage_model.transformer.embeddings.position_ids", D + "adapter.weight"))) {
            assertThat(file.unet(List.of("conv_in.weight")).names())
                    .containsExactly("conv_in.weight", D + "adapter.weight");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "9, cond_stage_model.transformer.x, an inpainting model",
        "8, cond_stage_model.transformer.x, an instruct-pix2pix model",
        "8, cc_projection.weight, Zero123",
        "7, cond_stage_model.model.x, an x4 upscaler",
        "5, cond_stage_model.model.x, a depth-to-image model",
        "4, conditioner.embedders.0.model.x, the SDXL refiner",
        "4, edm_mean, Playground 2.5",
        "4, edm_vpred.sigma_max, CosXL",
        "4, ztsnr, a model with zero terminal SNR",
        "4, embedder.model.x, an unCLIP model"
    })
    void otherKindsOfModelsAreRefusedByName(int channels, String name, String kind) {
        assertThatThrownBy(() -> SingleFile.of(file(new long[] {8, channels, 3, 3}, name)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll(" is " + kind, "which is not supported");
    }

    @ParameterizedTest
    @CsvSource({
        "lora_unet_mid_block_attentions_0_proj_in.lora_down.weight, it is a LoRA",
        "model.diffusion_model.joint_blocks.0.x, it is Stable Diffusion 3",
        "double_blocks.0.x, it is Flux",
        "down_blocks.0.resnets.0.conv1.weight, it is the UNet of a diffusers folder"
    })
    void filesThatAreNoWholeModelAreNamed(String name, String kind) {
        assertThatThrownBy(() -> SingleFile.of(new FakeWeights(Map.of(name, new long[] {2, 2}), 1)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(kind);
    }
}
