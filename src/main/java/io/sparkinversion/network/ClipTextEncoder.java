package io.sparkinversion.network;

import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ProgramBuilder;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.torchscript.Value;
import java.util.List;

/**
 * CLIP's text transformer (transformers' {@code CLIPTextModel}) as a program of these methods:
 *
 * <ul>
 *   <li>{@code forward(ids [B, 77] int64) -> [B, 77, width]}: the final layer norm of the last layer, float32;
 *   <li>{@code penultimate(ids) -> [B, 77, width]}: the residual stream before the last layer, without layer norm, as
 *       Stable Diffusion XL reads it;
 *   <li>{@code penultimate_pooled(ids, end [B] int64) -> List}: that, and the projection {@code [B, projection]} of the
 *       last layer's norm at the positions {@code end};
 *   <li>{@code checkpoints(ids)}: the residual stream before and after every layer.
 * </ul>
 */
public final class ClipTextEncoder {
    public static final String FORWARD = "forward";
    public static final String PENULTIMATE = "penultimate";
    public static final String PENULTIMATE_POOLED = "penultimate_pooled";
    public static final String CHECKPOINTS = "checkpoints";
    /** The checkpoint of the final layer norm. */
    public static final String LAST_HIDDEN_STATE = "last_hidden_state";

    private static final String PREFIX = "text_model.";
    private static final String PROJECTION = "text_projection";

    private final ClipTextConfig config;
    private final ScalarType type;
    private final Use use;

    /** Which methods the program has, and so which weights. */
    public enum Use {
        /** {@code forward}: Stable Diffusion 1.x and 2.x. */
        LAST_STATE,
        /** {@code penultimate} beside it: the first encoder of SDXL. */
        PENULTIMATE,
        /** {@code penultimate_pooled} beside it: the second encoder of SDXL. */
        POOLED
    }

    public ClipTextEncoder(ClipTextConfig config, ScalarType type) {
        this(config, type, Use.LAST_STATE);
    }

    public ClipTextEncoder(ClipTextConfig config, ScalarType type, Use use) {
        this.config = config;
        this.type = type;
        this.use = use;
    }

    public Program program(Target target) {
        ProgramBuilder builder = new ProgramBuilder(use == Use.POOLED ? "text_encoder_2" : "text_encoder", target, type)
                .method(FORWARD, graph -> graph.returns(forward(graph)));
        return switch (use) {
            case LAST_STATE -> builder.build();
            case PENULTIMATE ->
                builder.method(
                                PENULTIMATE,
                                graph -> graph.returns(penultimate(graph, layers(graph, graph.input("ids")))))
                        .build();
            case POOLED -> builder.method(PENULTIMATE_POOLED, this::pooled).build();
        };
    }

    /** {@code checkpoints} alone, on weights of {@link #program}. */
    public Program checkpointProgram(Target target) {
        return new ProgramBuilder("text_encoder_checkpoints", target, type)
                .checkpoints(CHECKPOINTS, this::forward)
                .build();
    }

    public Use use() {
        return use;
    }

    private Value forward(Graph graph) {
        return states(graph, graph.input("ids"));
    }

    /** {@code ids [B, 77]} to the final layer norm of the last layer, float32. */
    Value states(Graph graph, Value ids) {
        List<Value> states = layers(graph, ids);
        return graph.checkpoint(LAST_HIDDEN_STATE, wide(graph, norm(graph, states.get(states.size() - 1))));
    }

    private void pooled(Graph graph) {
        List<Value> states = layers(graph, graph.input("ids"));
        Value last = norm(graph, states.get(states.size() - 1));
        // [B, 1, width]: the same row number in every column.
        Value end = graph.expression(
                "torch.expand(%s, [-1, -1, %d])", graph.appendDimensions(graph.input("end"), 2), config.hiddenSize());
        Value row = graph.expression("torch.select(torch.gather(%s, 1, %s), 1, 0)", last, end);
        Value projected = graph.linearWithoutBias(row, PROJECTION, config.hiddenSize(), config.projectionDim());
        graph.returnsList(List.of(penultimate(graph, states), wide(graph, projected)));
    }

    private Value penultimate(Graph graph, List<Value> states) {
        return wide(graph, states.get(states.size() - 2));
    }

    /** The residual stream before the first layer and after each. */
    private List<Value> layers(Graph graph, Value ids) {
        int width = config.hiddenSize();
        String embeddings = PREFIX + "embeddings.";
        Value tokens = graph.embedding(ids, embeddings + "token_embedding", config.vocabSize(), width);
        Value positions = graph.weight(embeddings + "position_embedding.weight", config.maxPositionEmbeddings(), width);
        return config.transformer()
                .states(graph, graph.add(tokens, positions), PREFIX + "encoder", graph::causalAttention);
    }

    private Value norm(Graph graph, Value x) {
        return config.transformer().norm(graph, x, PREFIX + "final_layer_norm");
    }

    private Value wide(Graph graph, Value x) {
        return type == ScalarType.FLOAT32 ? x : graph.cast(x, ScalarType.FLOAT32);
    }
}
