package io.sparkinversion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.network.ClipTextConfig.Activation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClipTextConfigTest {

    private static Configs sd15() {
        return Configs.builtIn("sd15", "text_encoder");
    }

    @Test
    void readsTheTextEncodersOfStableDiffusion1And2() {
        assertThat(ClipTextConfig.of(sd15().parse()))
                .isEqualTo(new ClipTextConfig(49_408, 768, 3072, 12, 12, 77, Activation.QUICK_GELU, 1e-5, 512));
        assertThat(ClipTextConfig.of(Configs.builtIn("sd21", "text_encoder").parse()))
                .isEqualTo(new ClipTextConfig(49_408, 1024, 4096, 23, 16, 77, Activation.GELU, 1e-5, 512));
    }

    @Test
    void acceptsAllKeysThatTransformersWritesAtTheirUsualValues() {
        Configs config = sd15().with("_name_or_path", "'openai/clip-vit-large-patch14'")
                .with("architectures", "['CLIPTextModel']")
                .with("attention_dropout", "0.0")
                .with("bos_token_id", "0")
                .with("dropout", "0.0")
                .with("dtype", "'float16'")
                .with("eos_token_id", "2")
                .with("initializer_factor", "1.0")
                .with("initializer_range", "0.02")
                .with("pad_token_id", "1")
                .with("projection_dim", "768")
                .with("torch_dtype", "'float32'")
                .with("transformers_version", "'4.22.0.dev0'")
                .with("vocab_size", "49408");

        assertThat(ClipTextConfig.of(config.parse()))
                .isEqualTo(
                        ClipTextConfig.of(sd15().with("projection_dim", "768").parse()));
    }

    @Test
    void keysWithDefaultsMayBeAbsent() {
        Configs config = sd15();
        for (String key : new String[] {"vocab_size", "max_position_embeddings", "hidden_act", "layer_norm_eps"}) {
            config.without(key);
        }

        assertThat(ClipTextConfig.of(config.parse())).isEqualTo(ClipTextConfig.of(sd15().parse()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "model_type | 'xlm-roberta'",
                "hidden_act | 'relu'",
                "num_attention_heads | 7",
                "num_attention_heads | 0",
                "max_position_embeddings | -77",
                "use_attention_bias | true",
            })
    void refusesWhatIsNotBuiltHereByKeyAndValue(String key, String value) {
        assertThatThrownBy(() -> ClipTextConfig.of(sd15().with(key, value).parse()))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageStartingWith("text_encoder/config.json: '" + key + "' = " + value.replace('\'', '"') + " ");
    }

    @Test
    void aMissingKeyIsNamed() {
        assertThatThrownBy(() -> ClipTextConfig.of(sd15().without("hidden_size").parse()))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessage("text_encoder/config.json lacks 'hidden_size'");
    }
}
