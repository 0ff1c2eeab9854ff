package io.sparkinversion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VaeConfigTest {

    private static Configs sd15() {
        return Configs.builtIn("sd15", "vae");
    }

    @Test
    void readsStableDiffusionsAutoencoder() {
        VaeConfig config = VaeConfig.of(sd15().parse());

        assertThat(config.blockOutChannels()).containsExactly(128, 256, 512, 512);
        assertThat(config.layersPerBlock()).isEqualTo(2);
        assertThat(config.latentChannels()).isEqualTo(4);
        assertThat(config.scalingFactor()).isEqualTo(0.18215);
        assertThat(config.downsampling()).isEqualTo(8);
    }

    @Test
    void uploadsFromBeforeTheScalingFactorWasWrittenHaveThatOfStableDiffusion1() {
        assertThat(VaeConfig.of(sd15().without("scaling_factor").parse()).scalingFactor())
                .isEqualTo(0.18215);
    }

    @Test
    void acceptsAllKeysThatDiffusersWritesAtTheirUsualValues() {
        Configs config = sd15().with("_diffusers_version", "'0.31.0'")
                .with("force_upcast", "true")
                .with("latents_mean", "null")
                .with("latents_std", "null")
                .with("mid_block_add_attention", "true")
                .with("shift_factor", "null")
                .with("use_quant_conv", "true")
                .with("use_post_quant_conv", "true");

        assertThat(VaeConfig.of(config.parse())).isEqualTo(VaeConfig.of(sd15().parse()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "_class_name | 'AutoencoderTiny'",
                "act_fn | 'relu'",
                "in_channels | 1",
                "out_channels | 4",
                "shift_factor | 0.1159",
                "use_quant_conv | false",
                "use_post_quant_conv | false",
                "mid_block_add_attention | false",
                "latents_mean | [0.1,0.2,0.3,0.4]",
                "norm_num_groups | 24",
                "layers_per_block | 0",
                "scaling_factor | 'large'",
                "future | 1",
            })
    void refusesWhatIsNotBuiltHereByKeyAndValue(String key, String value) {
        assertThatThrownBy(() -> VaeConfig.of(sd15().with(key, value).parse()))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageStartingWith("vae/config.json: '" + key + "' = " + value.replace('\'', '"') + " ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "down_block_types | ['AttnDownEncoderBlock2D','DownEncoderBlock2D','DownEncoderBlock2D','DownEncoderBlock2D']"
                        + " | supported: DownEncoderBlock2D",
                "up_block_types | ['UpDecoderBlock2D'] | one entry for each of block_out_channels",
            })
    void refusesOtherBlocks(String key, String value, String why) {
        assertThatThrownBy(() -> VaeConfig.of(sd15().with(key, value).parse()))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageContainingAll("'" + key + "'", why);
    }

    @Test
    void aMissingKeyIsNamed() {
        assertThatThrownBy(
                        () -> VaeConfig.of(sd15().without("block_out_channels").parse()))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessage("vae/config.json lacks 'block_out_channels'");
    }
}
