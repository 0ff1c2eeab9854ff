package io.sparkinversion.network;

/** What a {@code CLIPTextModel}'s {@code config.json} says, in its own terms. */
public record ClipTextConfig(
        int vocabSize,
        int hiddenSize,
        int intermediateSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int maxPositionEmbeddings,
        Activation hiddenAct,
        double layerNormEps) {

    /** The feed-forward layers' nonlinearity: OpenAI's approximation in SD 1.x, the exact form in SD 2.x. */
    public enum Activation {
        QUICK_GELU,
        GELU;

        static Activation of(NetworkConfig config) {
            return config.text("hidden_act", "quick_gelu", "quick_gelu", "gelu").equals("gelu") ? GELU : QUICK_GELU;
        }
    }

    /**
     * @throws UnsupportedConfigException naming the first key that is missing or asks for something else
     */
    public static ClipTextConfig of(NetworkConfig config) {
        int hiddenSize = config.integer("hidden_size");
        ClipTextConfig result = new ClipTextConfig(
                config.integer("vocab_size", 49_408),
                hiddenSize,
                config.integer("intermediate_size"),
                config.integer("num_hidden_layers"),
                config.integer("num_attention_heads"),
                config.integer("max_position_embeddings", 77),
                Activation.of(config),
                config.number("layer_norm_eps", 1e-5));
        if (hiddenSize % result.numAttentionHeads() != 0) {
            throw config.refused("num_attention_heads", result.numAttentionHeads(), "it must divide " + hiddenSize);
        }
        config.ignore(
                        "architectures",
                        "bos_token_id",
                        "eos_token_id",
                        "pad_token_id",
                        "initializer_factor",
                        "initializer_range",
                        "projection_dim",
                        "torch_dtype",
                        "dtype",
                        "transformers_version",
                        "attention_dropout",
                        "dropout")
                .only("model_type", "clip_text_model")
                .refuseUnknown();
        return result;
    }

    ClipTransformer transformer() {
        return new ClipTransformer(
                hiddenSize, intermediateSize, numHiddenLayers, numAttentionHeads, hiddenAct, layerNormEps);
    }
}
