package io.sparkinversion.network;

import io.sparkinversion.network.UNetPass.Inputs;
import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ProgramBuilder;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.torchscript.Value;
import java.util.ArrayList;
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
 *   <li>{@code forward_keeping(...)}: the same inputs, {@code -> [prediction, feature [B, channels, h, w]]}: the feature
 *       is what enters the last layer on the way up;
 *   <li>{@code forward_shallow(..., feature)}: the same inputs and a feature, the prediction by the first convolution and
 *       the last layer on the way up alone (DeepCache, arXiv 2312.00858, at its branch 0);
 *   <li>{@code checkpoints(...)}: the inputs of {@code forward}, the named intermediate results;
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
    public static final String FORWARD_KEEPING = "forward_keeping";
    public static final String FORWARD_SHALLOW = "forward_shallow";
    public static final String CHECKPOINTS = "checkpoints";
    public static final String NULL_TEXT_GRADIENT = "null_text_gradient";
    public static final String LATENT_GRADIENT = "latent_gradient";
    public static final String CONTROLLED = "controlled";
    public static final String CONTROLLED_MASKED = "controlled_masked";
    public static final String CONTROLLED_CHECKPOINTS = "controlled_checkpoints";

    private final UNetConfig config;
    private final ScalarType type;
    private final List<TransformerBlock> transformers;

    /** The first block on the way up that has transformers; features are injected into its second residual block. */
    public static int injectedBlock(UNetConfig config) {
        return config.upAttention().indexOf(true);
    }

    public UNet2DCondition(UNetConfig config, ScalarType type) {
        this.config = config;
        this.type = type;
        this.transformers = TransformerBlock.of(config);
    }

    /** All methods but those that have programs of their own below. */
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

    /** {@code forward_keeping} and {@code forward_shallow} alone, on weights of {@link #inferenceProgram}. */
    public Program reuseProgram(Target target) {
        return new ProgramBuilder("unet_reuse", target, type)
                .method(FORWARD_KEEPING, this::forwardKeeping)
                .method(FORWARD_SHALLOW, this::forwardShallow)
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
        Value prediction = pass(graph, inputs, keysValues, attention, injected).forward();
        return List.of(prediction, attention.meanCrossMap());
    }

    private void nullTextGradient(Graph graph) {
        Inputs inputs = inputs(graph);
        Value embedding = graph.variable(graph.input("embedding"));
        Value keysValues = graph.listOf(textKeysValues(graph, embedding));
        Value prediction =
                pass(graph, inputs, keysValues, Attention.plain(graph), null).forward();
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
        Value prediction =
                pass(graph, inputs, keysValues, Attention.plain(graph), null).forward();
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
        return pass(graph).forward();
    }

    private Inputs inputs(Graph graph) {
        Value sample = graph.input("sample");
        Value features = graph.input("time_features");
        return new Inputs(sample, features, config.addition() == null ? null : graph.input("size_features"));
    }

    private void forwardKeeping(Graph graph) {
        UNetPass pass = pass(graph);
        Value first = pass.convIn();
        Value feature = pass.deep(first);
        graph.returnsList(List.of(pass.shallow(first, feature), feature));
    }

    private void forwardShallow(Graph graph) {
        UNetPass pass = pass(graph);
        Value feature = graph.input("feature");
        graph.returns(pass.shallow(pass.convIn(), feature));
    }

    private UNetPass pass(Graph graph) {
        return pass(graph, inputs(graph), graph.inputList("text_keys_values"), Attention.plain(graph), null);
    }

    private UNetPass pass(Graph graph, Inputs inputs, Value textKeysValues, Attention attention, Value features) {
        return new UNetPass(graph, config, type, inputs, textKeysValues, attention, features);
    }
}
