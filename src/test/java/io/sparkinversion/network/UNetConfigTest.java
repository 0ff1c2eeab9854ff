package io.sparkinversion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UNetConfigTest {

    private static Configs sd15() {
        return Configs.builtIn("sd15", "unet");
    }

    @Test
    void readsStableDiffusion1() {
        UNetConfig config = UNetConfig.of(sd15().parse());

        assertThat(config.sampleSize()).isEqualTo(64);
        assertThat(config.inChannels()).isEqualTo(4);
        assertThat(config.blockOutChannels()).containsExactly(320, 640, 1280, 1280);
        assertThat(config.downAttention()).containsExactly(true, true, true, false);
        assertThat(config.upAttention()).containsExactly(false, true, true, true);
        assertThat(config.heads()).containsExactly(8, 8, 8, 8);
        assertThat(config.crossAttentionDim()).isEqualTo(768);
        assertThat(config.timeEmbeddingDim()).isEqualTo(1280);
        assertThat(config.upcastAttention()).isFalse();
    }

    @Test
    void readsStableDiffusion2() {
        UNetConfig config = UNetConfig.of(Configs.builtIn("sd21", "unet").parse());

        assertThat(config.sampleSize()).isEqualTo(96);
        assertThat(config.heads()).containsExactly(5, 10, 20, 20);
        assertThat(config.crossAttentionDim()).isEqualTo(1024);
        assertThat(config.upcastAttention()).isTrue();
    }

    /** The keys that diffusers 0.14 to 0.3x write beside those that matter, at the values of SD 1.5 and 2.1. */
    @Test
    void acceptsAllKeysThatDiffusersWritesAtTheirUsualValues() {
        Configs config = sd15();
        for (String key : new String[] {
            "addition_embed_type",
            "addition_time_embed_dim",
            "class_embed_type",
            "cross_attention_norm",
            "encoder_hid_dim",
            "encoder_hid_dim_type",
            "mid_block_only_cross_attention",
            "num_attention_heads",
            "num_class_embeds",
            "projection_class_embeddings_input_dim",
            "reverse_transformer_layers_per_block",
            "time_cond_proj_dim",
            "time_embedding_act_fn",
            "time_embedding_dim",
            "timestep_post_act"
        }) {
            config.with(key, "null");
        }
        for (String key : new String[] {
            "center_input_sample",
            "class_embeddings_concat",
            "dual_cross_attention",
            "only_cross_attention",
            "resnet_skip_time_act"
        }) {
            config.with(key, "false");
        }
        config.with("_diffusers_version", "'0.31.0'")
                .with("_name_or_path", "'./unet'")
                .with("addition_embed_type_num_heads", "64")
                .with("attention_type", "'default'")
                .with("conv_in_kernel", "3")
                .with("conv_out_kernel", "3")
                .with("downsample_padding", "1")
                .with("dropout", "0.0")
                .with("flip_sin_to_cos", "true")
                .with("freq_shift", "0")
                .with("mid_block_scale_factor", "1")
                .with("mid_block_type", "'UNetMidBlock2DCrossAttn'")
                .with("resnet_out_scale_factor", "1.0")
                .with("resnet_time_scale_shift", "'default'")
                .with("time_embedding_type", "'positional'")
                .with("transformer_layers_per_block", "1");

        assertThat(UNetConfig.of(config.parse())).isEqualTo(UNetConfig.of(sd15().parse()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "class_embed_type | 'timestep'",
                "dual_cross_attention | true",
                "only_cross_attention | [true,true,true,false]",
                "encoder_hid_dim | 4096",
                "num_class_embeds | 1000",
                "mid_block_type | 'UNetMidBlock2D'",
                "act_fn | 'gelu'",
                "conv_in_kernel | 1",
                "resnet_time_scale_shift | 'scale_shift'",
                "time_embedding_type | 'fourier'",
                "dropout | 0.1",
                "_class_name | 'UNet3DConditionModel'",
                "a_key_of_the_future | 'anything'",
                "addition_embed_type | 'image'",
                "sample_size | [64,96]",
                "norm_eps | '1e-5'",
                "layers_per_block | [2,2,2,2]",
                "layers_per_block | 0",
                "layers_per_block | 2.5",
                "cross_attention_dim | [768,768,768,768]",
                "norm_num_groups | 48",
                "attention_head_dim | 0",
                "block_out_channels | []",
                "block_out_channels | 320",
            })
    void refusesWhatIsNotBuiltHereByKeyAndValue(String key, String value) {
        assertThatThrownBy(() -> UNetConfig.of(sd15().with(key, value).parse()))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageStartingWith("unet/config.json: '" + key + "' = " + value.replace('\'', '"') + " ");
    }

    @Test
    void refusesAnUnknownBlockTypeAndSaysWhichAreKnown() {
        assertThatThrownBy(() -> UNetConfig.of(sd15().with(
                                "down_block_types",
                                "['CrossAttnDownBlock2D','SimpleCrossAttnDownBlock2D','DownBlock2D','DownBlock2D']")
                        .parse()))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessage("unet/config.json: 'down_block_types' = \"SimpleCrossAttnDownBlock2D\" is not supported"
                        + " (supported: CrossAttnDownBlock2D, DownBlock2D)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "down_block_types | ['CrossAttnDownBlock2D','DownBlock2D'] | one entry for each of block_out_channels",
                "up_block_types | ['UpBlock2D'] | one entry for each of block_out_channels",
                "attention_head_dim | [8,8] | one entry for each of 4 blocks",
                "num_attention_heads | [5,10,20] | one entry for each of 4 blocks",
            })
    void refusesListsOfTheWrongLength(String key, String value, String why) {
        assertThatThrownBy(() -> UNetConfig.of(sd15().with(key, value).parse()))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageContainingAll("unet/config.json: '" + key + "' = [", why);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "block_out_channels",
                "down_block_types",
                "up_block_types",
                "attention_head_dim",
                "in_channels",
                "out_channels",
                "cross_attention_dim"
            })
    void aMissingKeyIsNamed(String key) {
        for (Configs config : new Configs[] {sd15().without(key), sd15().with(key, "null")}) {
            assertThatThrownBy(() -> UNetConfig.of(config.parse()))
                    .isInstanceOf(UnsupportedConfigException.class)
                    .hasMessage("unet/config.json lacks '" + key + "'");
        }
    }

    @Test
    void headsMustDivideTheChannels() {
        assertThatThrownBy(() -> UNetConfig.of(
                        sd15().with("attention_head_dim", "[8,8,7,8]").parse()))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageContainingAll("'attention_head_dim' = 7", "it must divide the block's 1280");
    }

    @Test
    void whereBothKeysAreSetNumAttentionHeadsCounts() {
        UNetConfig config = UNetConfig.of(sd15().with("num_attention_heads", "[5,10,20,20]")
                .with("attention_head_dim", "64")
                .parse());

        assertThat(config.heads()).containsExactly(5, 10, 20, 20);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "in_channels | 9 | an inpainting model",
                "in_channels | 8 | an instruct-pix2pix model",
                "in_channels | 5 | a depth-to-image model",
                "in_channels | 7 | an x4 upscaler",
                "time_cond_proj_dim | 256 | a latent consistency model (LCM)",
                "class_embed_type | 'projection' | an unCLIP model",
                "_class_name | 'SD3Transformer2DModel' | Stable Diffusion 3",
                "_class_name | 'FluxTransformer2DModel' | Flux",
            })
    void modelsOfOtherKindsAreRefusedByTheKindsName(String key, String value, String kind) {
        assertThatThrownBy(() -> UNetConfig.of(sd15().with(key, value).parse()))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageStartingWith("unet/config.json is of " + kind + ", which is not supported: ");
    }

    @Test
    void theRefinerOfXlIsRefusedByItsName() {
        assertThatThrownBy(() -> UNetConfig.of(Configs.builtIn("sdxl", "unet")
                        .with("projection_class_embeddings_input_dim", "2560")
                        .parse()))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageContaining("the SDXL refiner");
    }

    /** diffusers' own rule; Stable Diffusion 1.x was saved with 32 and trained at 64. */
    @ParameterizedTest
    @CsvSource({"0.6.0, 32, 64", "0.8.1, 32, 64", "0.9.0, 32, 32", "0.10.0, 32, 32", "0.31.0, 96, 96", "0.6.0, 96, 96"})
    void theSampleSizeOfEarlyVersionsMeans64(String version, String said, int meant) {
        Configs config = sd15().with("sample_size", said).with("_diffusers_version", "'" + version + "'");

        assertThat(UNetConfig.of(config.parse()).sampleSize()).isEqualTo(meant);
        assertThat(UNetConfig.sampleSizeSource(config.parse()))
                .isEqualTo("sample_size " + said
                        + (said.equals("" + meant) ? "" : " of diffusers " + version + ", which stands for 64"));
    }

    @Test
    void aSmallSampleSizeOfAnotherArchitectureIsMeantAsItStands() {
        Configs config = sd15().with("sample_size", "16")
                .with("_diffusers_version", "'0.6.0'")
                .with("block_out_channels", "[320,640,1280,640]");

        assertThat(UNetConfig.of(config.parse()).sampleSize()).isEqualTo(16);
    }

    @Test
    void aSampleSizeMayBeAListOfTwoEqualNumbers() {
        assertThat(UNetConfig.of(sd15().with("sample_size", "[96,96]").parse()).sampleSize())
                .isEqualTo(96);
    }

    @Test
    void aMidBlockOfNullIsNone() {
        assertThat(UNetConfig.of(sd15().with("mid_block_type", "null").parse()).midBlock())
                .isFalse();
        assertThat(UNetConfig.of(sd15().parse()).midBlock()).isTrue();
    }

    @Test
    void readsTheConfigOfXl() {
        UNetConfig config = UNetConfig.of(Configs.builtIn("sdxl", "unet").parse());

        assertThat(config.transformerLayers()).containsExactly(1, 2, 10);
        assertThat(config.addition().pooledDim()).isEqualTo(1280);
    }

    @Test
    void groupsMustDivideTheChannels() {
        assertThatThrownBy(
                        () -> UNetConfig.of(sd15().with("norm_num_groups", "48").parse()))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageContaining("it must divide every one of block_out_channels [320, 640, 1280, 1280]");
    }

    @Test
    void keysWithDefaultsMayBeAbsentOrNull() {
        Configs without = sd15();
        Configs withNulls = sd15();
        for (String key : new String[] {"sample_size", "layers_per_block", "norm_num_groups", "norm_eps", "act_fn"}) {
            without.without(key);
            withNulls.with(key, "null");
        }

        assertThat(UNetConfig.of(without.parse())).isEqualTo(UNetConfig.of(sd15().parse()));
        assertThatCode(() -> UNetConfig.of(withNulls.parse())).doesNotThrowAnyException();
    }
}
