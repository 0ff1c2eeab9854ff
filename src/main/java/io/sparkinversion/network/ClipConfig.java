package io.sparkinversion.network;

import java.util.HashMap;
import java.util.Map;

/**
 * What a {@code CLIPModel}'s {@code config.json} says. Sizes that it leaves out are those of transformers' defaults,
 * CLIP ViT-B/32: newer versions write only what differs from them.
 *
 * @param projectionDim width of the embeddings that images and texts are compared by
 * @param endToken the id whose first place in a text is the end of text; {@link #LARGEST_ID} stands for the largest id
 *     there
 */
public record ClipConfig(ClipTextConfig text, ClipVisionConfig vision, int projectionDim, int endToken) {
    /** What older configs say of the end token whatever its id is; transformers then looks for the largest. */
    public static final int LARGEST_ID = 2;

    private static final Map<String, Integer> SIZES = Map.of("num_hidden_layers", 12);
    private static final Map<String, Integer> TEXT_SIZES =
            Map.of("hidden_size", 512, "intermediate_size", 2048, "num_attention_heads", 8, "eos_token_id", 49_407);
    private static final Map<String, Integer> VISION_SIZES = Map.of(
            "hidden_size",
            768,
            "intermediate_size",
            3072,
            "num_attention_heads",
            12,
            "image_size",
            224,
            "patch_size",
            32);

    /** What older versions wrote into every config: how text is generated and classified, which CLIP does not do. */
    private static final String[] OF_OTHER_MODELS = {
        "chunk_size_feed_forward",
        "diversity_penalty",
        "encoder_no_repeat_ngram_size",
        "id2label",
        "label2id",
        "length_penalty",
        "max_length",
        "min_length",
        "no_repeat_ngram_size",
        "num_beam_groups",
        "num_beams",
        "num_return_sequences",
        "repetition_penalty",
        "return_dict",
        "temperature",
        "tie_word_embeddings",
        "top_k",
        "top_p",
        "typical_p"
    };

    /**
     * @throws UnsupportedConfigException naming the first key that is missing or asks for something else
     */
    public static ClipConfig of(NetworkConfig config) {
        NetworkConfig text = part(config, "text_config", TEXT_SIZES);
        NetworkConfig vision = part(config, "vision_config", VISION_SIZES);
        int projectionDim = config.integer("projection_dim", 512);
        config.only("model_type", "clip")
                .ignore(
                        "architectures",
                        "initializer_factor",
                        "logit_scale_init_value",
                        "torch_dtype",
                        "dtype",
                        "transformers_version",
                        "text_config_dict",
                        "vision_config_dict")
                .ignore(OF_OTHER_MODELS)
                .refuseUnknown();
        return new ClipConfig(
                ClipTextConfig.of(text), ClipVisionConfig.of(vision), projectionDim, text.integer("eos_token_id"));
    }

    private static NetworkConfig part(NetworkConfig config, String key, Map<String, Integer> sizes) {
        Map<String, Integer> absent = new HashMap<>(SIZES);
        absent.putAll(sizes);
        return config.object(key, absent).ignore(OF_OTHER_MODELS).only("pruned_heads", Map.of());
    }
}
