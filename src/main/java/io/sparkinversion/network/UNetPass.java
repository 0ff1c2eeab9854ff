package io.sparkinversion.network;

import io.sparkinversion.network.SpatialTransformer.TextState;
import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * One forward pass of a UNet in a graph. It falls into two parts: {@link #deep}, nearly all of it, and what is above, the
 * first convolution and the last layer on the way up.
 */
final class UNetPass {
    private static final int INJECTED_RESNET = 1;

    private final Graph graph;
    private final UNetConfig config;
    private final ScalarType type;
    private final List<TransformerBlock> transformers;
    private final Inputs inputs;
    private final Value textKeysValues;
    private final Attention attention;
    private final Value features;
    private final Value time;

    /** @param sizeFeatures null where the config has no addition */
    record Inputs(Value sample, Value timeFeatures, Value sizeFeatures) {}

    private record Skip(Value value, int channels) {}

    /** @param features rows of the batch that are injected; null where every row has its own */
    UNetPass(
            Graph graph,
            UNetConfig config,
            ScalarType type,
            Inputs inputs,
            Value textKeysValues,
            Attention attention,
            Value features) {
        this.graph = graph;
        this.config = config;
        this.type = type;
        this.transformers = TransformerBlock.of(config);
        this.inputs = inputs;
        this.textKeysValues = textKeysValues;
        this.attention = attention;
        this.features = features;
        this.time = timeEmbedding();
    }

    /** The prediction. */
    Value forward() {
        Value first = convIn();
        return shallow(first, deep(first));
    }

    /** The first feature. */
    Value convIn() {
        int channels = config.blockOutChannels().get(0);
        Value x = graph.conv2d(graph.cast(inputs.sample(), type), "conv_in", config.inChannels(), channels, 3, 1, 1);
        return graph.checkpoint("conv_in", x);
    }

    /** What enters the last layer on the way up. */
    Value deep(Value first) {
        int levels = config.blockOutChannels().size();
        Deque<Skip> skips = new ArrayDeque<>();
        skips.push(new Skip(first, config.blockOutChannels().get(0)));
        Value x = first;
        for (int level = 0; level < levels; level++) {
            x = downBlock(x, level, skips);
        }
        if (config.midBlock()) {
            x = midBlock(x);
        }
        for (int level = levels - 1; level > 0; level--) {
            x = upBlock(x, level, skips);
        }
        for (int layer = 0; layer < config.layersPerBlock(); layer++) {
            x = upLayer(x, 0, layer, skips.pop());
        }
        return x;
    }

    /**
     * The last layer on the way up and what follows.
     *
     * @param first what {@link #convIn} gives
     * @param feature what {@link #deep} gives, of this evaluation or of another
     */
    Value shallow(Value first, Value feature) {
        int channels = config.blockOutChannels().get(0);
        Value x = upLayer(feature, 0, config.layersPerBlock(), new Skip(first, channels));
        graph.checkpoint("up" + (config.blockOutChannels().size() - 1), x);
        x = graph.groupNorm(x, "conv_norm_out", config.normNumGroups(), channels, config.normEps());
        graph.checkpoint("conv_norm_out", x);
        x = graph.conv2d(graph.silu(x), "conv_out", channels, config.inChannels(), 3, 1, 1);
        return graph.cast(graph.channelsFirst(x), ScalarType.FLOAT32);
    }

    /** The embedding after SiLU, which is how every residual block takes it: {@code [B or 1, timeEmbeddingDim]}. */
    private Value timeEmbedding() {
        Value frequencies = graph.cast(inputs.timeFeatures(), type);
        graph.checkpoint("time_proj", frequencies);
        Value embedding = twoLayers(
                frequencies, "time_embedding", config.blockOutChannels().get(0));
        graph.checkpoint("time_embedding", embedding);
        if (config.addition() != null) {
            Value pooled = graph.element(textKeysValues, 2 * transformers.size());
            Value sizes = graph.cast(inputs.sizeFeatures(), type);
            graph.checkpoint("add_time_proj", sizes);
            Value repeated = graph.expression("torch.expand(%s, [torch.size(%s, 0), -1])", sizes, pooled);
            Value added = graph.checkpoint("add_embeds", graph.concatenate(1, pooled, repeated));
            Value addition = twoLayers(added, "add_embedding", config.addition().inputDim());
            graph.checkpoint("add_embedding", addition);
            embedding = graph.add(embedding, addition);
        }
        return graph.silu(embedding);
    }

    private Value twoLayers(Value x, String name, int in) {
        int width = config.timeEmbeddingDim();
        Value hidden = graph.linear(x, name + ".linear_1", in, width);
        return graph.linear(graph.silu(hidden), name + ".linear_2", width, width);
    }

    private Value downBlock(Value x, int level, Deque<Skip> skips) {
        String block = "down_blocks." + level;
        int in = config.blockOutChannels().get(Math.max(0, level - 1));
        int out = config.blockOutChannels().get(level);
        for (int layer = 0; layer < config.layersPerBlock(); layer++) {
            x = resnet(x, block + ".resnets." + layer, layer == 0 ? in : out, out);
            graph.checkpoint("down" + level + ".resnet" + layer, x);
            if (config.downAttention().get(level)) {
                Attention.Layer place = place("down" + level + ".attn" + layer, level, false);
                x = transformer(x, block + ".attentions." + layer, place);
            }
            skips.push(new Skip(x, out));
        }
        if (level < config.blockOutChannels().size() - 1) {
            x = graph.conv2d(x, block + ".downsamplers.0.conv", out, out, 3, 2, 1);
            skips.push(new Skip(x, out));
        }
        return graph.checkpoint("down" + level, x);
    }

    private Value midBlock(Value x) {
        int last = config.blockOutChannels().size() - 1;
        int channels = config.blockOutChannels().get(last);
        x = resnet(x, "mid_block.resnets.0", channels, channels);
        x = transformer(x, "mid_block.attentions.0", place("mid.attn0", last, true));
        x = resnet(x, "mid_block.resnets.1", channels, channels);
        return graph.checkpoint("mid", x);
    }

    private Value upBlock(Value input, int level, Deque<Skip> skips) {
        int index = config.blockOutChannels().size() - 1 - level;
        int out = config.blockOutChannels().get(level);
        Value x = input;
        for (int layer = 0; layer <= config.layersPerBlock(); layer++) {
            x = upLayer(x, level, layer, skips.pop());
        }
        // The next skip's size, so that latents of any size fit, also where halving rounded up.
        x = graph.upsampleTo(x, skips.peek().value());
        x = graph.conv2d(x, "up_blocks." + index + ".upsamplers.0.conv", out, out, 3, 1, 1);
        return graph.checkpoint("up" + index, x);
    }

    private Value upLayer(Value x, int level, int layer, Skip skip) {
        List<Integer> channels = config.blockOutChannels();
        int index = channels.size() - 1 - level;
        String block = "up_blocks." + index;
        int out = channels.get(level);
        int in = layer == 0 ? channels.get(Math.min(level + 1, channels.size() - 1)) : out;
        boolean injected = index == UNet2DCondition.injectedBlock(config) && layer == INJECTED_RESNET;
        Value joined = graph.concatenate(1, x, skip.value());
        Value result = resnetBlock()
                .withRows(injected ? features : null)
                .apply(graph, joined, block + ".resnets." + layer, in + skip.channels(), out);
        graph.checkpoint("up" + index + ".resnet" + layer, result);
        if (config.upAttention().get(index)) {
            Attention.Layer place = place("up" + index + ".attn" + layer, level, false);
            result = transformer(result, block + ".attentions." + layer, place);
        }
        return result;
    }

    private Value resnet(Value x, String name, int in, int out) {
        return resnetBlock().apply(graph, x, name, in, out);
    }

    private ResnetBlock resnetBlock() {
        return ResnetBlock.withTime(config.normNumGroups(), config.normEps(), time, config.timeEmbeddingDim());
    }

    private Attention.Layer place(String checkpoint, int level, boolean middle) {
        int headSize = config.blockOutChannels().get(level) / config.heads().get(level);
        boolean upcast = config.upcastAttention() && type == ScalarType.FLOAT16;
        return new Attention.Layer(checkpoint, level, middle, headSize, upcast ? ScalarType.FLOAT32 : type);
    }

    private Value transformer(Value x, String name, Attention.Layer layer) {
        List<TextState> text = new ArrayList<>();
        for (int index = 0; index < transformers.size(); index++) {
            if (transformers.get(index).weights().startsWith(name + ".transformer_blocks.")) {
                text.add(new TextState(
                        graph.element(textKeysValues, 2 * index), graph.element(textKeysValues, 2 * index + 1)));
            }
        }
        Value result = new SpatialTransformer(graph, config, type, attention, name, layer).apply(x, text);
        return graph.checkpoint(layer.checkpoint(), result);
    }
}
