package io.sparkinversion.network;

import io.sparkinversion.network.ClipTextConfig.Activation;

/** What the {@code vision_config} of a {@code CLIPModel}'s {@code config.json} says, in its own terms. */
public record ClipVisionConfig(
        int hiddenSize,
        int intermediateSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int imageSize,
        int patchSize,
        Activation hiddenAct,
        double layerNormEps) {

    /**
     * @throws UnsupportedConfigException naming the first key that is missing or asks for something else
     */
    public static ClipVisionConfig of(NetworkConfig config) {
        ClipVisionConfig result = new ClipVisionConfig(
                config.integer("hidden_size"),
                config.integer("intermediate_size"),
                config.integer("num_hidden_layers"),
                config.integer("num_attention_heads"),
                config.integer("image_size"),
                config.integer("patch_size"),
                Activation.of(config),
                config.number("layer_norm_eps", 1e-5));
        if (result.hiddenSize() % result.numAttentionHeads() != 0) {
            throw config.refused(
                    "num_attention_heads", result.numAttentionHeads(), "it must divide " + result.hiddenSize());
        }
        if (result.patchSize() > result.imageSize()) {
            throw config.refused("patch_size", result.patchSize(), "the image has " + result.imageSize());
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
                .only("num_channels", 3)
                .only("model_type", "clip_vision_model")
                .refuseUnknown();
        return result;
    }

    /** How many patches an image is cut into; what remains at its right and its lower side is not seen. */
    int patches() {
        int patchesOfASide = imageSize / patchSize;
        return patchesOfASide * patchesOfASide;
    }

    ClipTransformer transformer() {
        return new ClipTransformer(
                hiddenSize, intermediateSize, numHiddenLayers, numAttentionHeads, hiddenAct, layerNormEps);
    }
}
