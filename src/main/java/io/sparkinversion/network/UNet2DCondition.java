package io.sparkinversion.network;

import io.sparkinversion.network.SpatialTransformer.TextState;
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
 * The denoising network of Stable Diffusion 1.x, 2.x and XL (diffusers' {@code UNet2DConditionModel}) as a program of
 * these methods:
 *
 * <ul>
 *   <li>{@code text_keys_values(context [B, 77, D]) -> List}: keys and values {@code [B, heads, 77, d]} of every
 *       cross-attention in the order of their use; they depend on the text alone, so one call serves all steps. With an
 *       addition ({@link UNetConfig.TextTime}) the context is {@code [B, 78, D]}: its last row is the pooled embedding
 *       followed by zeros, which ends the list as {@code [B, P]};
 *   <li>{@code forward(sample [B, C, h, w], time_features [B or 1, channels], text_keys_values) -> [B, C, h, w]}: the
 *       model's raw output, epsilon or v; float32 in and out whatever the program computes in. With an addition every
 *       method with {@code time_features} has one more input after it: {@code size_features [B or 1, 6 * timeEmbedDim]};
 *   <li>{@code checkpoints(...)}: the same inputs, the named intermediate results;
 *   <li>{@code null_text_gradient(sample, time_features, embedding [B, 77, D], rest [B, C, h, w], factor [1])
 *       -> [loss [B], gradient [B, 77, D]]}: the loss is the mean over the elements of
 *       (rest - factor forward(sample, embedding))^2, an image at a time; the gradient is its derivative by the
 *       embedding, 0 for the pooled one. To be called with autograd;
 *   <li>{@code latent_gradient(sample, time_features, embedding [B, 77, D], known [B, C, h, w], own [1], factor [1])
 *       -> [loss [B], gradient [B, C, h, w]]}: the loss is the mean over the elements of
 *       (own sample - known - factor forward(sample, embedding))^2, an image at a time; the gradient is its derivative
 *       by the sample. To be called with autograd;
 *   <li>{@code controlled(sample, time_features, text_keys_values, cross_source [K] int64, from_source [K, 77, 77],
 *       own [K, 77], self_queries, self_keys, self_values Lists of [B] int64, features [B] int64)
 *       -> [prediction [B, C, h, w], cross_map [K, h', w', 77]]}: the attention of the last K rows is controlled as
 *       {@link ControlledAttention} says. {@code cross_source} indexes those K rows; the lists have for each transformer
 *       in the order of {@link TransformerBlock#of} the rows of the whole batch whose queries, keys and values are used in
 *       self-attention; {@code features} those whose hidden state is used in {@link #injectedBlock}, after its
 *       convolutions and before its shortcut is added (plug-and-play, arXiv 2211.12572); {@code cross_map} is the
 *       controlled rows' attention to each token at the lowest resolution;
 *   <li>{@code controlled_masked(...)}: the same and, for each transformer, {@code keys_inside} and {@code keys_outside},
 *       Lists of [B, 1, 1, H W] that are added to the logits of self-attention, and {@code queries_inside}, a List of
 *       [B, 1, H W, 1]: self-attention is twofold, and queries take the one or the other (mask-guided MasaCtrl, arXiv
 *       2304.08465);
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
    public static final String LATENT_GRADIENT = "latent_gradient";
    public static final String CONTROLLED = "controlled";
    public static final String CONTROLLED_MASKED = "controlled_masked";
    public static final String CONTROLLED_CHECKPOINTS = "controlled_checkpoints";

    private static final int INJECTED_RESNET = 1;

    private final UNetConfig config;
    private final ScalarType type;
    private final List<TransformerBlock> transformers;

    private record Skip(Value value, int channels) {}

    /** @param sizeFeatures null where the config has no addition */
    private record Inputs(Value sample, Value timeFeatures, Value sizeFeatures) {}

    /** What one forward pass hands down to its blocks. */
    private record Pass(Graph graph, Value time, Value textKeysValues, Attention attention, Value features) {}

    /** The first block on the way up that has transformers; features are injected into its second residual block. */
    public static int injectedBlock(UNetConfig config) {
        return config.upAttention().indexOf(true);
    }

    public UNet2DCondition(UNetConfig config, ScalarType type) {
        this.config = config;
        this.type = type;
        this.transformers = TransformerBlock.of(config);
    }

    /** All methods but those of {@link #checkpointProgram}. */
    public Program program(Target target) {
        return undifferentiated(target)
                .method(NULL_TEXT_GRADIENT, this::nullTextGradient)
                .method(LATENT_GRADIENT, this::latentGradient)
                .build();
    }

    /** {@link #program} without the gradients. */
    public Program inferenceProgram(Target target) {
        return undifferentiated(target).build();
    }

    /** {@code null_text_gradient} and {@code latent_gradient}, on weights of {@link #inferenceProgram}. */
    public Program gradientProgram(Target target) {
        return new ProgramBuilder("unet_gradient", target, type)
                .method(NULL_TEXT_GRADIENT, this::nullTextGradient)
                .method(LATENT_GRADIENT, this::latentGradient)
                .build();
    }

    /** {@code controlled_masked} alone, on weights of {@link #inferenceProgram}. */
    public Program maskedProgram(Target target) {
        return new ProgramBuilder("unet_masked", target, type)
                .method(CONTROLLED_MASKED, graph -> graph.returnsList(controlled(graph, true)))
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
        return controlled(graph, false);
    }

    private List<Value> controlled(Graph graph, boolean masked) {
        Inputs inputs = inputs(graph);
        Value keysValues = graph.inputList("text_keys_values");
        ControlledAttention attention = new ControlledAttention(graph, masked);
        Value injected = graph.input("features");
        Value prediction = forward(graph, inputs, keysValues, attention, injected);
        return List.of(prediction, attention.meanCrossMap());
    }

    private void nullTextGradient(Graph graph) {
        Inputs inputs = inputs(graph);
        Value embedding = graph.variable(graph.input("embedding"));
        Value keysValues = graph.listOf(textKeysValues(graph, embedding));
        Value prediction = forward(graph, inputs, keysValues, Attention.plain(graph));
        Value error = graph.expression(
                "torch.sub(%s, torch.mul(%s, %s))", graph.input("rest"), prediction, graph.input("factor"));
        meanOfSquares(graph, error, embedding);
    }

    private void latentGradient(Graph graph) {
        Inputs given = inputs(graph);
        Value sample = graph.variable(given.sample());
        Inputs inputs = new Inputs(sample, given.timeFeatures(), given.sizeFeatures());
        Value keysValues = graph.listOf(textKeysValues(graph, graph.input("embedding")));
        Value known = graph.input("known");
        Value own = graph.input("own");
        Value prediction = forward(graph, inputs, keysValues, Attention.plain(graph));
        Value error = graph.expression(
                // What inference mode has made cannot be kept for the derivative, copies can.
                "torch.sub(torch.sub(torch.mul(%s, torch.clone(%s)), %s), torch.mul(%s, torch.clone(%s)))",
                sample, own, known, prediction, graph.input("factor"));
        meanOfSquares(graph, error, sample);
    }

    /** Returns the mean of squares by image and its derivative. */
    private static void meanOfSquares(Graph graph, Value error, Value variable) {
        Value squares = graph.expression("torch.flatten(torch.mul(%s, %s), 1)", error, error);
        // By the sum and divided afterwards: the gradient of the mean underflows in float16.
        Value gradient = graph.gradient(graph.expression("torch.sum(%s)", squares), variable);
        Value elements = graph.expression("torch.size(%s, 1)", squares);
        Value loss = graph.expression("torch.mean(torch.detach(%s), [1])", squares);
        graph.returnsList(List.of(loss, graph.expression("torch.div(%s, %s)", gradient, elements)));
    }

    private List<Value> textKeysValues(Graph graph, Value embedding) {
        Value whole = graph.cast(embedding, type);
        Value context = config.addition() == null ? whole : graph.slice(whole, 1, 0, -1);
        List<Value> result = new ArrayList<>();
        for (TransformerBlock block : transformers) {
            int headSize = block.channels() / block.heads();
            for (String projection : List.of(".to_k", ".to_v")) {
                Value projected = graph.linearWithoutBias(
                        context, block.weights() + ".attn2" + projection, config.crossAttentionDim(), block.channels());
                result.add(graph.splitHeads(projected, block.heads(), headSize));
            }
        }
        if (config.addition() != null) {
            // Detached: null-text inversion optimises what the attentions read.
            Value row = graph.expression("torch.detach(torch.select(%s, 1, -1))", whole);
            result.add(graph.slice(row, 1, 0, config.addition().pooledDim()));
        }
        return result;
    }

    private Value forward(Graph graph) {
        Inputs inputs = inputs(graph);
        return forward(graph, inputs, graph.inputList("text_keys_values"), Attention.plain(graph));
    }

    private Inputs inputs(Graph graph) {
        Value sample = graph.input("sample");
        Value features = graph.input("time_features");
        return new Inputs(sample, features, config.addition() == null ? null : graph.input("size_features"));
    }

    private Value forward(Graph graph, Inputs inputs, Value textKeysValues, Attention attention) {
        return forward(graph, inputs, textKeysValues, attention, null);
    }

    /** @param features rows of the batch; null where every row has its own */
    private Value forward(Graph graph, Inputs inputs, Value textKeysValues, Attention attention, Value features) {
        List<Integer> channels = config.blockOutChannels();
        int levels = channels.size();
        Value time = timeEmbedding(graph, inputs, textKeysValues);
        Pass pass = new Pass(graph, time, textKeysValues, attention, features);

        Value x = graph.conv2d(
                graph.cast(inputs.sample(), type), "conv_in", config.inChannels(), channels.get(0), 3, 1, 1);
        graph.checkpoint("conv_in", x);
        Deque<Skip> skips = new ArrayDeque<>();
        skips.push(new Skip(x, channels.get(0)));
        for (int level = 0; level < levels; level++) {
            x = downBlock(pass, x, level, skips);
        }
        if (config.midBlock()) {
            x = midBlock(pass, x);
        }
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
    private Value timeEmbedding(Graph graph, Inputs inputs, Value textKeysValues) {
        Value features = graph.cast(inputs.timeFeatures(), type);
        graph.checkpoint("time_proj", features);
        Value embedding = twoLayers(
                graph, features, "time_embedding", config.blockOutChannels().get(0));
        graph.checkpoint("time_embedding", embedding);
        if (config.addition() != null) {
            Value pooled = graph.element(textKeysValues, 2 * transformers.size());
            Value sizes = graph.cast(inputs.sizeFeatures(), type);
            graph.checkpoint("add_time_proj", sizes);
            Value repeated = graph.expression("torch.expand(%s, [torch.size(%s, 0), -1])", sizes, pooled);
            Value added = graph.checkpoint("add_embeds", graph.concatenate(1, pooled, repeated));
            Value addition =
                    twoLayers(graph, added, "add_embedding", config.addition().inputDim());
            graph.checkpoint("add_embedding", addition);
            embedding = graph.add(embedding, addition);
        }
        return graph.silu(embedding);
    }

    private Value twoLayers(Graph graph, Value x, String name, int in) {
        int width = config.timeEmbeddingDim();
        Value hidden = graph.linear(x, name + ".linear_1", in, width);
        return graph.linear(graph.silu(hidden), name + ".linear_2", width, width);
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
            boolean injected = index == injectedBlock(config) && layer == INJECTED_RESNET;
            x = resnetBlock(pass)
                    .withRows(injected ? pass.features() : null)
                    .apply(
                            pass.graph(),
                            x,
                            block + ".resnets." + layer,
                            (layer == 0 ? in : out) + skip.channels(),
                            out);
            pass.graph().checkpoint("up" + index + ".resnet" + layer, x);
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
        return resnetBlock(pass).apply(pass.graph(), x, name, in, out);
    }

    private ResnetBlock resnetBlock(Pass pass) {
        return ResnetBlock.withTime(config.normNumGroups(), config.normEps(), pass.time(), config.timeEmbeddingDim());
    }

    private Attention.Layer place(String checkpoint, int level, boolean middle) {
        int headSize = config.blockOutChannels().get(level) / config.heads().get(level);
        boolean upcast = config.upcastAttention() && type == ScalarType.FLOAT16;
        return new Attention.Layer(checkpoint, level, middle, headSize, upcast ? ScalarType.FLOAT32 : type);
    }

    private Value transformer(Pass pass, Value x, String name, Attention.Layer layer) {
        List<TextState> text = new ArrayList<>();
        for (int index = 0; index < transformers.size(); index++) {
            if (transformers.get(index).weights().startsWith(name + ".transformer_blocks.")) {
                text.add(new TextState(
                        pass.graph().element(pass.textKeysValues(), 2 * index),
                        pass.graph().element(pass.textKeysValues(), 2 * index + 1)));
            }
        }
        Value result = new SpatialTransformer(pass.graph(), config, type, pass.attention(), name, layer).apply(x, text);
        return pass.graph().checkpoint(layer.checkpoint(), result);
    }
}
