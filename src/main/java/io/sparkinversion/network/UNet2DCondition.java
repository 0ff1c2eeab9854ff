package io.sparkinversion.network;

import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ProgramBuilder;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The denoising network of Stable Diffusion 1.x and 2.x (diffusers' {@code UNet2DConditionModel}) as a program of these
 * methods:
 *
 * <ul>
 *   <li>{@code text_keys_values(context [B, 77, D]) -> List}: keys and values {@code [B, heads, 77, d]} of every
 *       cross-attention in the order of their use; they depend on the text alone, so one call serves all steps;
 *   <li>{@code forward(sample [B, C, h, w], time_features [B or 1, channels], text_keys_values) -> [B, C, h, w]}: the
 *       model's raw output, epsilon or v; float32 in and out whatever the program computes in;
 *   <li>{@code checkpoints(...)}: the same inputs, the named intermediate results.
 * </ul>
 */
public final class UNet2DCondition {
    /** Methods of the program. */
    public static final String TEXT_KEYS_VALUES = "text_keys_values";

    public static final String FORWARD = "forward";
    public static final String CHECKPOINTS = "checkpoints";

    private final UNetConfig config;
    private final ScalarType type;
    private final List<CrossAttention> crossAttentions = new ArrayList<>();

    /** Where a transformer reads the text. */
    private record CrossAttention(String name, int channels, int heads) {}

    private record Skip(Value value, int channels) {}

    /** What one forward pass hands down to its blocks. */
    private record Pass(Graph graph, Value time, Value textKeysValues) {}

    public UNet2DCondition(UNetConfig config, ScalarType type) {
        this.config = config;
        this.type = type;
    }

    public Program program() {
        ProgramBuilder builder = new ProgramBuilder("unet");
        builder.method(FORWARD, graph -> graph.returns(forward(graph)));
        List<CrossAttention> inOrder = List.copyOf(crossAttentions);
        builder.method(TEXT_KEYS_VALUES, graph -> graph.returnsList(textKeysValues(graph, inOrder)));
        return builder.checkpoints(CHECKPOINTS, this::forward).build();
    }

    private List<Value> textKeysValues(Graph graph, List<CrossAttention> attentions) {
        Value context = graph.cast(graph.input("context"), type);
        List<Value> result = new ArrayList<>();
        for (CrossAttention attention : attentions) {
            int headSize = attention.channels() / attention.heads();
            for (String projection : List.of(".to_k", ".to_v")) {
                Value projected = graph.linearWithoutBias(
                        context, attention.name() + projection, config.crossAttentionDim(), attention.channels());
                result.add(graph.splitHeads(projected, attention.heads(), headSize));
            }
        }
        return result;
    }

    private Value forward(Graph graph) {
        crossAttentions.clear();
        List<Integer> channels = config.blockOutChannels();
        int levels = channels.size();
        Value sample = graph.cast(graph.input("sample"), type);
        Value features = graph.cast(graph.input("time_features"), type);
        Pass pass = new Pass(graph, timeEmbedding(graph, features), graph.inputList("text_keys_values"));

        Value x = graph.conv2d(sample, "conv_in", config.inChannels(), channels.get(0), 3, 1, 1);
        graph.checkpoint("conv_in", x);
        Deque<Skip> skips = new ArrayDeque<>();
        skips.push(new Skip(x, channels.get(0)));
        for (int level = 0; level < levels; level++) {
            x = downBlock(pass, x, level, skips);
        }
        x = midBlock(pass, x);
        int in = channels.get(levels - 1);
        for (int level = levels - 1; level >= 0; level--) {
            x = upBlock(pass, x, in, level, skips);
            in = channels.get(level);
        }
        x = graph.groupNorm(x, "conv_norm_out", config.normNumGroups(), channels.get(0), config.normEps());
        graph.checkpoint("conv_norm_out", x);
        x = graph.conv2d(graph.silu(x), "conv_out", channels.get(0), config.inChannels(), 3, 1, 1);
        return graph.cast(x, ScalarType.FLOAT32);
    }

    /** The embedding after SiLU, which is how every residual block takes it: {@code [B or 1, timeEmbeddingDim]}. */
    private Value timeEmbedding(Graph graph, Value features) {
        int width = config.timeEmbeddingDim();
        graph.checkpoint("time_proj", features);
        Value hidden = graph.linear(features, "time_embedding.linear_1", config.blockOutChannels().get(0), width);
        Value embedding = graph.linear(graph.silu(hidden), "time_embedding.linear_2", width, width);
        graph.checkpoint("time_embedding", embedding);
        return graph.silu(embedding);
    }

    private Value downBlock(Pass pass, Value x, int level, Deque<Skip> skips) {
        String block = "down_blocks." + level;
        int in = config.blockOutChannels().get(Math.max(0, level - 1));
        int out = config.blockOutChannels().get(level);
        for (int layer = 0; layer < config.layersPerBlock(); layer++) {
            x = resnet(pass, x, block + ".resnets." + layer, layer == 0 ? in : out, out);
            pass.graph().checkpoint("down" + level + ".resnet" + layer, x);
            if (config.downAttention().get(level)) {
                String checkpoint = "down" + level + ".attn" + layer;
                int heads = config.heads().get(level);
                x = transformer(pass, x, block + ".attentions." + layer, checkpoint, out, heads);
            }
            skips.push(new Skip(x, out));
        }
        if (level < config.blockOutChannels().size() - 1) {
            x = pass.graph().conv2d(x, block + ".downsamplers.0.conv", out, out, 3, 2, 1);
            skips.push(new Skip(x, out));
        }
        return pass.graph().checkpoint("down" + level, x);
    }

    private Value midBlock(Pass pass, Value x) {
        int last = config.blockOutChannels().size() - 1;
        int channels = config.blockOutChannels().get(last);
        x = resnet(pass, x, "mid_block.resnets.0", channels, channels);
        x = transformer(pass, x, "mid_block.attentions.0", "mid.attn0", channels, config.heads().get(last));
        x = resnet(pass, x, "mid_block.resnets.1", channels, channels);
        return pass.graph().checkpoint("mid", x);
    }

    private Value upBlock(Pass pass, Value x, int in, int level, Deque<Skip> skips) {
        int index = config.blockOutChannels().size() - 1 - level;
        String block = "up_blocks." + index;
        int out = config.blockOutChannels().get(level);
        for (int layer = 0; layer <= config.layersPerBlock(); layer++) {
            Skip skip = skips.pop();
            x = pass.graph().concatenate(1, x, skip.value());
            x = resnet(pass, x, block + ".resnets." + layer, (layer == 0 ? in : out) + skip.channels(), out);
            if (config.upAttention().get(index)) {
                String checkpoint = "up" + index + ".attn" + layer;
                int heads = config.heads().get(level);
                x = transformer(pass, x, block + ".attentions." + layer, checkpoint, out, heads);
            }
        }
        if (level > 0) {
            // The next skip's size, so that latents of any size fit, also where halving rounded up.
            x = pass.graph().upsampleTo(x, skips.peek().value());
            x = pass.graph().conv2d(x, block + ".upsamplers.0.conv", out, out, 3, 1, 1);
        }
        return pass.graph().checkpoint("up" + index, x);
    }

    private Value resnet(Pass pass, Value x, String name, int in, int out) {
        return ResnetBlock.withTime(config.normNumGroups(), config.normEps(), pass.time(), config.timeEmbeddingDim())
                .apply(pass.graph(), x, name, in, out);
    }

    private Value transformer(Pass pass, Value x, String name, String checkpoint, int channels, int heads) {
        int textIndex = 2 * crossAttentions.size();
        crossAttentions.add(new CrossAttention(name + ".transformer_blocks.0.attn2", channels, heads));
        Value keys = pass.graph().element(pass.textKeysValues(), textIndex);
        Value values = pass.graph().element(pass.textKeysValues(), textIndex + 1);
        Value result = new SpatialTransformer(pass.graph(), config, type, name, checkpoint, channels, heads)
                .apply(x, keys, values);
        return pass.graph().checkpoint(checkpoint, result);
    }
}
