package io.sparkinversion.network;

/**
 * What the {@code config.json} of a {@code CLIPTextModel}, or of one with projection, says in its own terms. Its ids of
 * special tokens are not those of the tokenizer in many uploads, and are ignored.
 *
 * @param projectionDim width of the pooled embedding of a model with projection
 */
public record ClipTextConfig(
        int vocabSize,
        int hiddenSize,
        int intermediateSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int maxPositionEmbeddings,
        Activation hiddenAct,
        double layerNormEps,
        int projectionDim) {

    /** transformers' default. */
    private static final int PROJECTION_DIM = 512;

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
                config.number("layer_norm_eps", 1e-5),
                config.integer("projection_dim", PROJECTION_DIM));
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
