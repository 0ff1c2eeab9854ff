package io.sparkinversion.network;

import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ProgramBuilder;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.torchscript.Value;
import java.util.Set;

/**
 * CLIP's text transformer (transformers' {@code CLIPTextModel}) as a program of these methods:
 *
 * <ul>
 *   <li>{@code forward(ids [B, 77] int64) -> [B, 77, width]}: the final layer norm of the last layer, float32;
 *   <li>{@code checkpoints(ids)}: the residual stream before and after every layer.
 * </ul>
 */
public final class ClipTextEncoder {
    public static final String FORWARD = "forward";
    public static final String CHECKPOINTS = "checkpoints";

    /** Stored by older uploads, derived here. */
    public static final Set<String> IGNORED_WEIGHTS = Set.of("text_model.embeddings.position_ids");

    private static final String PREFIX = "text_model.";

    private final ClipTextConfig config;
    private final ScalarType type;

    public ClipTextEncoder(ClipTextConfig config, ScalarType type) {
        this.config = config;
        this.type = type;
    }

    public Program program(Target target) {
        return new ProgramBuilder("text_encoder", target, type)
                .method(FORWARD, graph -> graph.returns(forward(graph)))
                .build();
    }

    /** {@code checkpoints} alone, on weights of {@link #program}. */
    public Program checkpointProgram(Target target) {
        return new ProgramBuilder("text_encoder_checkpoints", target, type)
                .checkpoints(CHECKPOINTS, this::forward)
                .build();
    }

    private Value forward(Graph graph) {
        return states(graph, graph.input("ids"));
    }

    /** {@code ids [B, 77]} to the final layer norm of the last layer, float32. */
    Value states(Graph graph, Value ids) {
        int width = config.hiddenSize();
        String embeddings = PREFIX + "embeddings.";
        Value tokens = graph.embedding(ids, embeddings + "token_embedding", config.vocabSize(), width);
        Value positions = graph.weight(embeddings + "position_embedding.weight", config.maxPositionEmbeddings(), width);
        ClipTransformer transformer = config.transformer();
        Value x = transformer.apply(graph, graph.add(tokens, positions), PREFIX + "encoder", graph::causalAttention);
        x = transformer.norm(graph, x, PREFIX + "final_layer_norm");
        return type == ScalarType.FLOAT32 ? x : graph.cast(x, ScalarType.FLOAT32);
    }
}
