package io.sparkinversion.network;

import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.Value;

/** CLIP's vision transformer (transformers' {@code CLIPVisionTransformer}), as a part of {@link ClipModel}. */
final class ClipVisionEncoder {
    private static final String PREFIX = "vision_model.";
    private static final int CHANNELS = 3;

    private final ClipVisionConfig config;

    ClipVisionEncoder(ClipVisionConfig config) {
        this.config = config;
    }

    /** {@code pixels [B, 3, size, size]}, normalised, to the layer norm of the class token's last state, [B, width]. */
    Value pooled(Graph graph, Value pixels) {
        ClipTransformer transformer = config.transformer();
        Value x = transformer.norm(graph, embeddings(graph, pixels), PREFIX + "pre_layrnorm");
        x = transformer.apply(graph, x, PREFIX + "encoder", graph::scaledDotProductAttention);
        Value classToken = graph.expression("torch.select(%s, 1, 0)", x);
        return transformer.norm(graph, classToken, PREFIX + "post_layernorm");
    }

    /** The class token, then the patches row by row: {@code [B, 1 + patches, width]}. */
    private Value embeddings(Graph graph, Value pixels) {
        int width = config.hiddenSize();
        int patch = config.patchSize();
        String embeddings = PREFIX + "embeddings.";
        Value patches = graph.toTokens(
                graph.conv2dWithoutBias(pixels, embeddings + "patch_embedding.weight", CHANNELS, width, patch, patch));
        Value classToken = graph.expression(
                "torch.expand(%s, [torch.size(%s, 0), 1, %d])",
                graph.weight(embeddings + "class_embedding", width), pixels, width);
        Value positions = graph.weight(embeddings + "position_embedding.weight", 1 + config.patches(), width);
        return graph.add(graph.concatenate(1, classToken, patches), positions);
    }
}
