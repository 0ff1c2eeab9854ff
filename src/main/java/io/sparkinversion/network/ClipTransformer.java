package io.sparkinversion.network;

import io.sparkinversion.network.ClipTextConfig.Activation;
import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.Value;
import java.util.ArrayList;
import java.util.List;

/**
 * The layers that CLIP's text and vision transformers share (transformers' {@code CLIPEncoder}): attention and a
 * feed-forward layer, each on the layer norm of its input and added to it.
 */
record ClipTransformer(
        int width, int intermediateSize, int layers, int heads, Activation activation, double layerNormEps) {

    /** How positions see each other. */
    interface Kernel {
        Value apply(Value queries, Value keys, Value values, int headSize);
    }

    /**
     * All layers; checkpoints {@code hidden_0} to {@code hidden_N} are the residual stream before and after each.
     *
     * @param x {@code [B, L, width]}
     * @param name of the encoder in the weights
     */
    Value apply(Graph graph, Value x, String name, Kernel kernel) {
        return states(graph, x, name, kernel).get(layers);
    }

    /** Before the first layer and after each of them. */
    List<Value> states(Graph graph, Value x, String name, Kernel kernel) {
        List<Value> states = new ArrayList<>(List.of(x));
        graph.checkpoint("hidden_0", x);
        for (int i = 0; i < layers; i++) {
            String layer = name + ".layers." + i;
            x = graph.add(x, attention(graph, norm(graph, x, layer + ".layer_norm1"), layer + ".self_attn", kernel));
            x = graph.add(x, feedForward(graph, norm(graph, x, layer + ".layer_norm2"), layer + ".mlp"));
            states.add(graph.checkpoint("hidden_" + (i + 1), x));
        }
        return states;
    }

    Value norm(Graph graph, Value x, String name) {
        return graph.layerNorm(x, name, width, layerNormEps);
    }

    private Value attention(Graph graph, Value x, String name, Kernel kernel) {
        Value q = project(graph, x, name + ".q_proj");
        Value k = project(graph, x, name + ".k_proj");
        Value v = project(graph, x, name + ".v_proj");
        return graph.linear(graph.joinHeads(kernel.apply(q, k, v, width / heads)), name + ".out_proj", width, width);
    }

    private Value project(Graph graph, Value x, String name) {
        return graph.splitHeads(graph.linear(x, name, width, width), heads, width / heads);
    }

    private Value feedForward(Graph graph, Value x, String name) {
        Value hidden = graph.linear(x, name + ".fc1", width, intermediateSize);
        hidden = activation == Activation.GELU ? graph.gelu(hidden) : graph.quickGelu(hidden);
        return graph.linear(hidden, name + ".fc2", intermediateSize, width);
    }
}
