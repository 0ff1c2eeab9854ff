package io.sparkinversion.network;

import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Value;
import java.util.List;

/**
 * The UNet's transformer over pixels (diffusers' {@code Transformer2DModel}): one or more blocks of self-attention,
 * cross-attention to the text, and a GEGLU feed-forward layer, each on the layer norm of its input and added to it.
 */
final class SpatialTransformer {
    private static final double GROUP_NORM_EPSILON = 1e-6;
    private static final double LAYER_NORM_EPSILON = 1e-5;

    private final Graph graph;
    private final UNetConfig config;
    private final ScalarType type;
    private final Attention attention;
    private final String name;
    private final Attention.Layer layer;
    private final int channels;
    private final int heads;

    SpatialTransformer(
            Graph graph, UNetConfig config, ScalarType type, Attention attention, String name, Attention.Layer layer) {
        this.graph = graph;
        this.config = config;
        this.type = type;
        this.attention = attention;
        this.name = name;
        this.layer = layer;
        this.channels = config.blockOutChannels().get(layer.level());
        this.heads = config.heads().get(layer.level());
    }

    /** What a block's cross-attention reads: keys and values {@code [B, heads, 77, C / heads]}. */
    record TextState(Value keys, Value values) {}

    /**
     * @param x {@code [B, C, H, W]}
     * @param text one for each block
     */
    Value apply(Value x, List<TextState> text) {
        Value normed = graph.groupNorm(x, name + ".norm", config.normNumGroups(), channels, GROUP_NORM_EPSILON);
        // Some models store the projections as 1x1 convolutions, which are the same.
        Value tokens = graph.linear(graph.toTokens(normed), name + ".proj_in", channels, channels);
        for (int depth = 0; depth < text.size(); depth++) {
            tokens = block(tokens, x, depth, text.get(depth));
        }
        Value image = graph.toImage(graph.linear(tokens, name + ".proj_out", channels, channels), x);
        // The image first: a sum lies in memory as its first term does.
        return graph.add(x, image);
    }

    private Value block(Value tokens, Value image, int depth, TextState text) {
        String block = name + ".transformer_blocks." + depth;
        Attention.Layer place = layer.block(depth);
        String checkpoint = place.checkpoint();
        Value normed = graph.layerNorm(tokens, block + ".norm1", channels, LAYER_NORM_EPSILON);
        Value keys = heads(graph.linearWithoutBias(normed, block + ".attn1.to_k", channels, channels));
        Value values = heads(graph.linearWithoutBias(normed, block + ".attn1.to_v", channels, channels));
        Value self = attend(
                normed,
                block + ".attn1",
                checkpoint + ".attn1",
                keys,
                values,
                (q, k, v) -> attention.self(place, q, k, v));
        tokens = graph.add(tokens, graph.checkpoint(checkpoint + ".attn1", self));

        normed = graph.layerNorm(tokens, block + ".norm2", channels, LAYER_NORM_EPSILON);
        Value cross = attend(
                normed,
                block + ".attn2",
                checkpoint + ".attn2",
                text.keys(),
                text.values(),
                (q, k, v) -> attention.cross(place, image, q, k, v));
        tokens = graph.add(tokens, graph.checkpoint(checkpoint + ".attn2", cross));

        normed = graph.layerNorm(tokens, block + ".norm3", channels, LAYER_NORM_EPSILON);
        return graph.add(tokens, graph.checkpoint(checkpoint + ".ff", feedForward(normed, block + ".ff")));
    }

    private interface Kernel {
        Value apply(Value queries, Value keys, Value values);
    }

    private Value attend(Value normed, String weights, String checkpoint, Value keys, Value values, Kernel kernel) {
        Value queries = heads(graph.linearWithoutBias(normed, weights + ".to_q", channels, channels));
        Value attended = layer.type() == type
                ? kernel.apply(queries, keys, values)
                : graph.cast(kernel.apply(wide(queries), wide(keys), wide(values)), type);
        Value joined = graph.joinHeads(attended);
        graph.checkpoint(checkpoint + ".heads", joined);
        return graph.linear(joined, weights + ".to_out.0", channels, channels);
    }

    private Value heads(Value projected) {
        return graph.splitHeads(projected, heads, channels / heads);
    }

    private Value wide(Value x) {
        return graph.cast(x, layer.type());
    }

    /** GEGLU: the first half of the projection is the value, the second half its gate. */
    private Value feedForward(Value x, String ff) {
        int width = 4 * channels;
        // By two products, so that both results are contiguous.
        Value value = graph.linear(x, ff + ".net.0.proj", channels, 2 * width, 0, width);
        Value gate = graph.linear(x, ff + ".net.0.proj", channels, 2 * width, width, 2 * width);
        return graph.linear(graph.multiply(value, graph.gelu(gate)), ff + ".net.2", width, channels);
    }
}
