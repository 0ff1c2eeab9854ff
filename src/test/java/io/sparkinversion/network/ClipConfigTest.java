package io.sparkinversion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.network.ClipTextConfig.Activation;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.torchscript.WeightSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClipConfigTest {

    /** As transformers 4.16 wrote every key of every model. */
    private static final String OF_OTHER_MODELS = """
            '_name_or_path': '', 'add_cross_attention': false, 'architectures': null, 'attention_dropout': 0.0,
            'bad_words_ids': null, 'bos_token_id': 0, 'chunk_size_feed_forward': 0, 'diversity_penalty': 0.0,
            'do_sample': false, 'dropout': 0.0, 'encoder_no_repeat_ngram_size': 0,
            'id2label': {'0': 'LABEL_0', '1': 'LABEL_1'}, 'initializer_factor': 1.0, 'initializer_range': 0.02,
            'label2id': {'LABEL_0': 0, 'LABEL_1': 1}, 'length_penalty': 1.0, 'max_length': 20, 'min_length': 0,
            'no_repeat_ngram_size': 0, 'num_beam_groups': 1, 'num_beams': 1, 'num_return_sequences': 1,
            'pad_token_id': 1, 'projection_dim': 512, 'pruned_heads': {}, 'repetition_penalty': 1.0,
            'return_dict': true, 'temperature': 1.0, 'tie_word_embeddings': true, 'top_k': 50, 'top_p': 1.0,
            'torch_dtype': null, 'transformers_version': '4.16.0.dev0', 'typical_p': 1.0, 'use_bfloat16': false
            """;

    private static final String BASE = """
            {'_name_or_path': 'openai/clip-vit-base-patch32', 'architectures': ['CLIPModel'],
             'initializer_factor': 1.0, 'logit_scale_init_value': 2.6592, 'model_type': 'clip', 'projection_dim': 512,
             'text_config': {OTHERS, 'eos_token_id': 2, 'hidden_act': 'quick_gelu', 'hidden_size': 512,
              'intermediate_size': 2048, 'layer_norm_eps': 1e-05, 'max_position_embeddings': 77,
              'model_type': 'clip_text_model', 'num_attention_heads': 8, 'num_hidden_layers': 12, 'vocab_size': 49408},
             'text_config_dict': null, 'transformers_version': null,
             'vision_config': {OTHERS, 'eos_token_id': null, 'hidden_act': 'quick_gelu', 'hidden_size': 768,
              'image_size': 224, 'intermediate_size': 3072, 'layer_norm_eps': 1e-05,
              'model_type': 'clip_vision_model', 'num_attention_heads': 12, 'num_hidden_layers': 12,
              'patch_size': 32},
             'vision_config_dict': null}
            """.replace("OTHERS", OF_OTHER_MODELS);

    /** As newer versions write it: without what is as in ViT-B/32. */
    private static final String LARGE = """
            {'architectures': ['CLIPModel'], 'initializer_factor': 1.0, 'logit_scale_init_value': 2.6592,
             'model_type': 'clip', 'projection_dim': 768, 'torch_dtype': 'float32', 'transformers_version': '4.31.0',
             'text_config': {'hidden_size': 768, 'intermediate_size': 3072, 'model_type': 'clip_text_model',
              'num_attention_heads': 12, 'projection_dim': 768},
             'vision_config': {'hidden_size': 1024, 'intermediate_size': 4096, 'model_type': 'clip_vision_model',
              'num_attention_heads': 16, 'num_hidden_layers': 24, 'patch_size': 14, 'projection_dim': 768}}
            """;

    private static ClipConfig parse(String json) {
        return ClipConfig.of(NetworkConfig.parse("config.json", json.replace('\'', '"')));
    }

    @Test
    void readsThePublishedModels() {
        ClipTextConfig text = new ClipTextConfig(49_408, 512, 2048, 12, 8, 77, Activation.QUICK_GELU, 1e-5, 512);
        ClipVisionConfig vision = new ClipVisionConfig(768, 3072, 12, 12, 224, 32, Activation.QUICK_GELU, 1e-5);
        assertThat(parse(BASE)).isEqualTo(new ClipConfig(text, vision, 512, ClipConfig.LARGEST_ID));

        ClipTextConfig largeText = new ClipTextConfig(49_408, 768, 3072, 12, 12, 77, Activation.QUICK_GELU, 1e-5, 768);
        ClipVisionConfig largeVision = new ClipVisionConfig(1024, 4096, 24, 16, 224, 14, Activation.QUICK_GELU, 1e-5);
        assertThat(parse(LARGE)).isEqualTo(new ClipConfig(largeText, largeVision, 768, 49_407));
    }

    @Test
    void whatIsLeftOutIsAsInTheModelOfThirtyTwoPixelPatches() {
        ClipConfig least = parse("{'text_config': {'eos_token_id': 2}, 'vision_config': {}}");

        assertThat(least).isEqualTo(parse(BASE));
    }

    /** Every weight and the one number that scales similarities in training. */
    @Test
    void parameterCountsAreThePublishedOnes() {
        assertThat(new ClipModel(parse(BASE)).program(Target.portable()).parameterCount() + 1)
                .isEqualTo(151_277_313);
        assertThat(new ClipModel(parse(LARGE)).program(Target.portable()).parameterCount() + 1)
                .isEqualTo(427_616_513);
    }

    @Test
    void weightsHaveTransformersNames() {
        assertThat(new ClipModel(parse(BASE)).program(Target.portable()).weights())
                .extracting(WeightSpec::toString)
                .contains(
                        "vision_model.embeddings.class_embedding[768]",
                        "vision_model.embeddings.patch_embedding.weight[768, 3, 32, 32]",
                        "vision_model.embeddings.position_embedding.weight[50, 768]",
                        "vision_model.pre_layrnorm.weight[768]",
                        "vision_model.post_layernorm.bias[768]",
                        "vision_model.encoder.layers.11.self_attn.out_proj.bias[768]",
                        "visual_projection.weight[512, 768]",
                        "text_projection.weight[512, 512]",
                        "text_model.embeddings.token_embedding.weight[49408, 512]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'hidden_size': 768   | 'hidden_size': 770 | config.json, vision_config: 'num_attention_heads' = 12",
                "'hidden_size': 512   | 'hidden_size': 514 | config.json, text_config: 'num_attention_heads' = 8",
                "'image_size': 224    | 'image_size': 16   | config.json, vision_config: 'patch_size' = 32",
                "'patch_size': 32     | 'patch_size': 0    | config.json, vision_config: 'patch_size' = 0",
                "'clip_vision_model'  | 'vit'              | config.json, vision_config: 'model_type' =",
                "'clip_text_model'    | 'bert'             | config.json, text_config: 'model_type' =",
                "'clip'               | 'chinese_clip'     | config.json: 'model_type' =",
                "'pruned_heads': {}   | 'pruned_heads': {'0': [1]} | config.json, text_config: 'pruned_heads' =",
                "'image_size': 224    | 'num_channels': 1  | config.json, vision_config: 'num_channels' = 1",
                "'image_size': 224    | 'use_head': true   | config.json, vision_config: 'use_head' = true",
                "'projection_dim': 512, 'text | 'projection_dim': -1, 'text | config.json: 'projection_dim' = -1",
            })
    void refusesWhatIsNotBuiltHereByKeyAndValue(String here, String other, String message) {
        String flat = BASE.replaceAll("\\s+", " ");
        assertThat(flat).contains(here);

        assertThatThrownBy(() -> parse(flat.replace(here, other)))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void aMissingPartIsNamed() {
        assertThatThrownBy(() -> parse("{'vision_config': {}}"))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessage("config.json lacks 'text_config'");
        assertThatThrownBy(() -> parse("{'text_config': {}, 'vision_config': 3}"))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessage("config.json: 'vision_config' = 3 is not supported (an object is expected)");
    }
}
