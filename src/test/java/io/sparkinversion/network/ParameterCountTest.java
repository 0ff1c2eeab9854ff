package io.sparkinversion.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.torchscript.MemoryFormat;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The published models' parameter counts, as PyTorch counts them. */
class ParameterCountTest {

    @ParameterizedTest
    @CsvSource({"sd15, 859520964", "sd21, 865910724"})
    void unet(String model, long published) {
        UNetConfig config = UNetConfig.of(Configs.builtIn(model, "unet").parse());

        assertThat(new UNet2DCondition(config, ScalarType.FLOAT32)
                        .program(Target.portable())
                        .parameterCount())
                .isEqualTo(published);
        assertThat(new UNet2DCondition(config, ScalarType.FLOAT16)
                        .program(Target.portable(MemoryFormat.CHANNELS_LAST))
                        .parameterCount())
                .isEqualTo(published);
    }

    @ParameterizedTest
    @CsvSource({"sd15, 83653863", "sd21, 83653863"})
    void autoencoder(String model, long published) {
        VaeConfig config = VaeConfig.of(Configs.builtIn(model, "vae").parse());

        assertThat(new AutoencoderKl(config).program(Target.portable()).parameterCount())
                .isEqualTo(published);
    }

    @ParameterizedTest
    @CsvSource({"sd15, 123060480", "sd21, 340387840"})
    void textEncoder(String model, long published) {
        ClipTextConfig config =
                ClipTextConfig.of(Configs.builtIn(model, "text_encoder").parse());

        assertThat(new ClipTextEncoder(config, ScalarType.FLOAT32)
                        .program(Target.portable())
                        .parameterCount())
                .isEqualTo(published);
    }
}
