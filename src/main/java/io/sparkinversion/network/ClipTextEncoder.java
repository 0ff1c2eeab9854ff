package io.sparkinversion.network;

import io.sparkinversion.network.ClipTextConfig.Activation;
import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ProgramBuilder;
import io.sparkinversion.torchscript.ScalarType;
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

    public Program program() {
        return new ProgramBuilder("text_encoder")
                .method(FORWARD, graph -> graph.returns(forward(graph)))
                .checkpoints(CHECKPOINTS, this::forward)
                .build();
    }

    private Value forward(Graph graph) {
        int width = config.hiddenSize();
        String embeddings = PREFIX + "embeddings.";
        Value tokens = graph.embedding(
                graph.input("ids"), embeddings + "token_embedding", config.vocabSize(), width);
        Value positions =
                graph.weight(embeddings + "position_embedding.weight", config.maxPositionEmbeddings(), width);
        Value x = graph.checkpoint("hidden_0", graph.add(tokens, positions));
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            String name = PREFIX + "encoder.layers." + layer;
            x = graph.add(x, attention(graph, norm(graph, x, name + ".layer_norm1"), name + ".self_attn"));
            x = graph.add(x, feedForward(graph, norm(graph, x, name + ".layer_norm2"), name + ".mlp"));
            graph.checkpoint("hidden_" + (layer + 1), x);
        }
        x = norm(graph, x, PREFIX + "final_layer_norm");
        return type == ScalarType.FLOAT32 ? x : graph.cast(x, ScalarType.FLOAT32);
    }

    private Value norm(Graph graph, Value x, String name) {
        return graph.layerNorm(x, name, config.hiddenSize(), config.layerNormEps());
    }

    private Value attention(Graph graph, Value x, String name) {
        Value q = project(graph, x, name + ".q_proj");
        Value k = project(graph, x, name + ".k_proj");
        Value v = project(graph, x, name + ".v_proj");
        Value attended = graph.joinHeads(graph.causalAttention(q, k, v));
        return graph.linear(attended, name + ".out_proj", config.hiddenSize(), config.hiddenSize());
    }

    private Value project(Graph graph, Value x, String name) {
        Value projected = graph.linear(x, name, config.hiddenSize(), config.hiddenSize());
        int heads = config.numAttentionHeads();
        return graph.splitHeads(projected, heads, config.hiddenSize() / heads);
    }

    private Value feedForward(Graph graph, Value x, String name) {
        Value hidden = graph.linear(x, name + ".fc1", config.hiddenSize(), config.intermediateSize());
        hidden = config.hiddenAct() == Activation.GELU ? graph.gelu(hidden) : graph.quickGelu(hidden);
        return graph.linear(hidden, name + ".fc2", config.intermediateSize(), config.hiddenSize());
    }
}
