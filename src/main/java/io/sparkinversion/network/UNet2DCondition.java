package io.sparkinversion.network;

import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ProgramBuilder;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
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
 *   <li>{@code checkpoints(...)}: the same inputs, the named intermediate results;
 *   <li>{@code null_text_gradient(sample, time_features, embedding [B, 77, D], rest [B, C, h, w], factor [1])
 *       -> [loss [B], gradient [B, 77, D]]}: the loss is the mean over the elements of
 *       (rest - factor forward(sample, embedding))^2, an image at a time; the gradient is its derivative by the
 *       embedding. To be called with autograd;
 *   <li>{@code controlled(sample, time_features, text_keys_values, cross_source [K] int64, from_source [K, 77, 77],
 *       own [K, 77], self_sources List of [B] int64) -> [prediction [B, C, h, w], cross_map [K, h', w', 77]]}: the
 *       attention of the last K rows is controlled as {@link ControlledAttention} says. {@code cross_source} indexes
 *       those K rows; {@code self_sources} has for each resolution the rows of the whole batch whose self-attention
 *       maps are used; {@code cross_map} is the controlled rows' attention to each token at the lowest resolution;
 *   <li>{@code controlled_checkpoints(...)}: the same inputs, the named intermediate results, among them every
 *       cross-attention map {@code [K, heads, H * W, 77]} of the controlled rows.
 * </ul>
 */
public final class UNet2DCondition {
    /** Methods of the program. */
    public static final String TEXT_KEYS_VALUES = "text_keys_values";

    public static final String FORWARD = "forward";
    public static final String CHECKPOINTS = "checkpoints";
    public static final String NULL_TEXT_GRADIENT = "null_text_gradient";
    public static final String CONTROLLED = "controlled";
    public static final String CONTROLLED_CHECKPOINTS = "controlled_checkpoints";

    private final UNetConfig config;
    private final ScalarType type;
    private final List<CrossAttention> crossAttentions;

    /** Where a transformer reads the text, and its heads. */
    private record CrossAttention(String transformer, int channels, int heads) {}

    private record Skip(Value value, int channels) {}

    /** What one forward pass hands down to its blocks. */
    private record Pass(Graph graph, Value time, Value textKeysValues, Attention attention) {}

    public UNet2DCondition(UNetConfig config, ScalarType type) {
        this.config = config;
        this.type = type;
        this.crossAttentions = crossAttentions(config);
    }

    /** In the order of their use. */
    private static List<CrossAttention> crossAttentions(UNetConfig config) {
        List<CrossAttention> attentions = new ArrayList<>();
        int levels = config.blockOutChannels().size();
        for (int level = 0; level < levels; level++) {
            if (config.downAttention().get(level)) {
                addAttentions(attentions, config, "down_blocks." + level, level, config.layersPerBlock());
            }
        }
        addAttentions(attentions, config, "mid_block", levels - 1, 1);
        for (int index = 0; index < levels; index++) {
            if (config.upAttention().get(index)) {
                addAttentions(
                        attentions, config, "up_blocks." + index, levels - 1 - index, config.layersPerBlock() + 1);
            }
        }
        return List.copyOf(attentions);
    }

    private static void addAttentions(
            List<CrossAttention> attentions, UNetConfig config, String block, int level, int count) {
        for (int layer = 0; layer < count; layer++) {
            attentions.add(new CrossAttention(
                    block + ".attentions." + layer,
                    config.blockOutChannels().get(level),
                    config.heads().get(level)));
        }
    }

    /** All methods but those of {@link #checkpointProgram}. */
    public Program program(Target target) {
        return undifferentiated(target)
                .method(NULL_TEXT_GRADIENT, this::nullTextGradient)
                .build();
    }

    /** {@link #program} without {@code null_text_gradient}. */
    public Program inferenceProgram(Target target) {
        return undifferentiated(target).build();
    }

    /** {@code null_text_gradient} alone, on weights of {@link #inferenceProgram}. */
    public Program gradientProgram(Target target) {
        return new ProgramBuilder("unet_gradient", target, type)
                .method(NULL_TEXT_GRADIENT, this::nullTextGradient)
                .build();
    }

    /** {@code checkpoints} and {@code controlled_checkpoints} alone, on weights of {@link #inferenceProgram}. */
    public Program checkpointProgram(Target target) {
        return new ProgramBuilder("unet_checkpoints", target, type)
                .checkpoints(CHECKPOINTS, this::forward)
                .checkpoints(CONTROLLED_CHECKPOINTS, this::controlled)
                .build();
    }

    private ProgramBuilder undifferentiated(Target target) {
        return new ProgramBuilder("unet", target, type)
                .method(FORWARD, graph -> graph.returns(forward(graph)))
                .method(TEXT_KEYS_VALUES, graph -> graph.returnsList(textKeysValues(graph, graph.input("context"))))
                .method(CONTROLLED, graph -> graph.returnsList(controlled(graph)));
    }

    /** The prediction and the mean cross-attention map. */
    private List<Value> controlled(Graph graph) {
        Value sample = graph.input("sample");
        Value features = graph.input("time_features");
        Value keysValues = graph.inputList("text_keys_values");
        ControlledAttention attention = new ControlledAttention(graph);
        Value prediction = forward(graph, sample, features, keysValues, attention);
        return List.of(prediction, attention.meanCrossMap());
    }

    private void nullTextGradient(Graph graph) {
        Value sample = graph.input("sample");
        Value features = graph.input("time_features");
        Value embedding = graph.variable(graph.input("embedding"));
        Value keysValues = graph.listOf(textKeysValues(graph, embedding));
        Value prediction = forward(graph, sample, features, keysValues, Attention.plain(graph));
        Value error = graph.expression(
                "torch.sub(%s, torch.mul(%s, %s))", graph.input("rest"), prediction, graph.input("factor"));
        Value squares = graph.expression("torch.flatten(torch.mul(%s, %s), 1)", error, error);
        // By the sum and divided afterwards: the gradient of the mean underflows in float16.
        Value gradient = graph.gradient(graph.expression("torch.sum(%s)", squares), embedding);
        Value elements = graph.expression("torch.size(%s, 1)", squares);
        Value loss = graph.expression("torch.mean(torch.detach(%s), [1])", squares);
        graph.returnsList(List.of(loss, graph.expression("torch.div(%s, %s)", gradient, elements)));
    }

    private List<Value> textKeysValues(Graph graph, Value embedding) {
        Value context = graph.cast(embedding, type);
        List<Value> result = new ArrayList<>();
        for (CrossAttention attention : crossAttentions) {
            int headSize = attention.channels() / attention.heads();
            for (String projection : List.of(".to_k", ".to_v")) {
                Value projected = graph.linearWithoutBias(
                        context,
                        attention.transformer() + ".transformer_blocks.0.attn2" + projection,
                        config.crossAttentionDim(),
                        attention.channels());
                result.add(graph.splitHeads(projected, attention.heads(), headSize));
            }
        }
        return result;
    }

    private Value forward(Graph graph) {
        Value sample = graph.input("sample");
        Value features = graph.input("time_features");
        return forward(graph, sample, features, graph.inputList("text_keys_values"), Attention.plain(graph));
    }

    private Value forward(Graph graph, Value sample, Value timeFeatures, Value textKeysValues, Attention attention) {
        List<Integer> channels = config.blockOutChannels();
        int levels = channels.size();
        Value time = timeEmbedding(graph, graph.cast(timeFeatures, type));
        Pass pass = new Pass(graph, time, textKeysValues, attention);

        Value x = graph.conv2d(graph.cast(sample, type), "conv_in", config.inChannels(), channels.get(0), 3, 1, 1);
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
        return graph.cast(graph.channelsFirst(x), ScalarType.FLOAT32);
    }

    /** The embedding after SiLU, which is how every residual block takes it: {@code [B or 1, timeEmbeddingDim]}. */
    private Value timeEmbedding(Graph graph, Value features) {
        int width = config.timeEmbeddingDim();
        graph.checkpoint("time_proj", features);
        Value hidden = graph.linear(
                features, "time_embedding.linear_1", config.blockOutChannels().get(0), width);
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
                Attention.Layer place = place("down" + level + ".attn" + layer, level, false);
                x = transformer(pass, x, block + ".attentions." + layer, place);
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
        x = transformer(pass, x, "mid_block.attentions.0", place("mid.attn0", last, true));
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
                Attention.Layer place = place("up" + index + ".attn" + layer, level, false);
                x = transformer(pass, x, block + ".attentions." + layer, place);
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

    private Attention.Layer place(String checkpoint, int level, boolean middle) {
        int headSize = config.blockOutChannels().get(level) / config.heads().get(level);
        boolean upcast = config.upcastAttention() && type == ScalarType.FLOAT16;
        return new Attention.Layer(checkpoint, level, middle, headSize, upcast ? ScalarType.FLOAT32 : type);
    }

    private Value transformer(Pass pass, Value x, String name, Attention.Layer layer) {
        int textIndex = 2
                * crossAttentions.indexOf(new CrossAttention(
                        name,
                        config.blockOutChannels().get(layer.level()),
                        config.heads().get(layer.level())));
        Value keys = pass.graph().element(pass.textKeysValues(), textIndex);
        Value values = pass.graph().element(pass.textKeysValues(), textIndex + 1);
        Value result = new SpatialTransformer(pass.graph(), config, type, pass.attention(), name, layer)
                .apply(x, keys, values);
        return pass.graph().checkpoint(layer.checkpoint(), result);
    }
}
