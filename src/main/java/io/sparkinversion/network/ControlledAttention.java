package io.sparkinversion.network;

import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Value;
import java.util.ArrayList;
import java.util.List;

/**
 * Attention under prompt-to-prompt's control (Hertz et al., arXiv 2208.01626). The last K rows of the batch are
 * controlled, each with a row among those K as its source; the rows before them attend as ever.
 *
 * <p>Every cross-attention map A {@code [heads, H * W, 77]} of a controlled row becomes
 * A_source from_source + A diag(own): word replacement, refinement and reweighting are this one operation with
 * different matrices.
 *
 * <p>In self-attention every row of the whole batch has the queries, the keys and the values of rows that are named for
 * each layer. A map that a row takes from another (prompt-to-prompt, plug-and-play) is that row's queries and keys with
 * its own values; mutual self-attention (MasaCtrl) is its own queries with that row's keys and values. So a map never
 * leaves the fused kernel and its H W x H W elements are never stored.
 */
final class ControlledAttention implements Attention {
    private static final long TO_THE_END = Long.MAX_VALUE;

    private final Graph graph;
    private final Value source;
    private final Value fromSource;
    private final Value own;
    private final Value selfQueries;
    private final Value selfKeys;
    private final Value selfValues;
    /** By transformer, what keys inside and outside of a region count less, and whether queries are inside; or null. */
    private final Value keysInside;

    private final Value keysOutside;
    private final Value queriesInside;
    /** Transformers so far, in the order of their use. */
    private int layers;

    private final List<CrossMap> maps = new ArrayList<>();

    /** The map of one layer, averaged over the heads: {@code [K, H, W, 77]}. */
    private record CrossMap(Layer layer, Value values) {}

    /**
     * Declares the inputs {@code cross_source}, {@code from_source}, {@code own}, {@code self_queries},
     * {@code self_keys} and {@code self_values}.
     */
    ControlledAttention(Graph graph) {
        this(graph, false);
    }

    /**
     * @param masked whether self-attention is twofold, to keys inside and outside of a region: then the inputs
     *     {@code keys_inside}, {@code keys_outside} and {@code queries_inside} follow
     */
    ControlledAttention(Graph graph, boolean masked) {
        this.graph = graph;
        this.source = graph.input("cross_source");
        // One matrix serves all heads; the diagonal all heads and pixels.
        this.fromSource = graph.expression("torch.unsqueeze(%s, 1)", graph.input("from_source"));
        this.own = graph.expression("torch.unsqueeze(torch.unsqueeze(%s, 1), 1)", graph.input("own"));
        this.selfQueries = graph.inputList("self_queries");
        this.selfKeys = graph.inputList("self_keys");
        this.selfValues = graph.inputList("self_values");
        this.keysInside = masked ? graph.inputList("keys_inside") : null;
        this.keysOutside = masked ? graph.inputList("keys_outside") : null;
        this.queriesInside = masked ? graph.inputList("queries_inside") : null;
    }

    @Override
    public Value self(Layer layer, Value queries, Value keys, Value values) {
        int index = layers++;
        Value q = select(queries, graph.element(selfQueries, index));
        Value k = select(keys, graph.element(selfKeys, index));
        Value v = select(values, graph.element(selfValues, index));
        if (keysInside == null) {
            return graph.scaledDotProductAttention(q, k, v, layer.headSize(), layer.type());
        }
        Value inside = masked(q, k, v, graph.element(keysInside, index));
        Value outside = masked(q, k, v, graph.element(keysOutside, index));
        return graph.expression(
                "torch.add(%s, torch.mul(torch.sub(%s, %s), torch.type_as(%s, %s)))",
                outside, inside, outside, graph.element(queriesInside, index), outside);
    }

    private Value masked(Value q, Value k, Value v, Value bias) {
        return graph.expression(
                "torch.scaled_dot_product_attention(%s, %s, %s, torch.type_as(%s, %s))", q, k, v, bias, q);
    }

    @Override
    public Value cross(Layer layer, Value image, Value queries, Value keys, Value values) {
        Value plainRows = graph.expression("torch.sub(torch.size(%s, 0), torch.size(%s, 0))", queries, source);
        Value plain = graph.scaledDotProductAttention(
                before(queries, plainRows),
                before(keys, plainRows),
                before(values, plainRows),
                layer.headSize(),
                layer.type());

        Value map = softmax(from(queries, plainRows), from(keys, plainRows));
        Value edited = graph.expression(
                "torch.add(torch.matmul(%s, %s), torch.mul(%s, %s))", select(map, source), fromSource, map, own);
        graph.checkpoint(layer.checkpoint() + ".attn2.map", edited);
        maps.add(new CrossMap(
                layer,
                graph.expression(
                        "torch.unflatten(torch.mean(%s, [1]), 1, [torch.size(%s, 2), torch.size(%s, 3)])",
                        edited, image, image)));
        Value controlled =
                graph.expression("torch.matmul(torch.type_as(%s, %s), %s)", edited, values, from(values, plainRows));
        return graph.concatenate(0, plain, controlled);
    }

    /** softmax(q k^T / sqrt(d)) in float32. */
    private Value softmax(Value queries, Value keys) {
        // Scaled before the product, which would overflow in float16.
        Value scaled = graph.expression("torch.mul(%s, torch.pow(torch.size(%s, 3), -0.5))", queries, queries);
        return graph.expression(
                "torch.softmax(torch.matmul(%s, torch.transpose(%s, -2, -1)), -1, %d)",
                scaled, keys, ScalarType.FLOAT32.code());
    }

    /**
     * What the controlled rows look at, word by word: the mean {@code [K, h, w, 77]} over the heads and layers of the
     * lowest resolution with transformers on the way down and up. For Stable Diffusion 1.x at 512 pixels these are
     * the 16 x 16 maps that prompt-to-prompt's local blend reads.
     */
    Value meanCrossMap() {
        boolean middleOnly = maps.stream().allMatch(map -> map.layer().middle());
        List<CrossMap> candidates =
                maps.stream().filter(map -> middleOnly || !map.layer().middle()).toList();
        int lowest =
                candidates.stream().mapToInt(map -> map.layer().level()).max().orElseThrow();
        List<Value> chosen = candidates.stream()
                .filter(map -> map.layer().level() == lowest)
                .map(CrossMap::values)
                .toList();
        Value sum = chosen.get(0);
        for (Value next : chosen.subList(1, chosen.size())) {
            sum = graph.add(sum, next);
        }
        return graph.multiply(sum, 1.0 / chosen.size());
    }

    private Value select(Value x, Value rows) {
        return graph.expression("torch.index_select(%s, 0, %s)", x, rows);
    }

    private Value before(Value x, Value row) {
        return graph.expression("torch.slice(%s, 0, 0, %s, 1)", x, row);
    }

    private Value from(Value x, Value row) {
        return graph.expression("torch.slice(%s, 0, %s, %d, 1)", x, row, TO_THE_END);
    }
}
