package io.sparkinversion.torchscript;

import io.sparkinversion.torchscript.Operation.Attention;

/** Ways to compute attention. */
public enum AttentionKernel implements Kernel<Attention> {
    /** libtorch's fused kernel, which never stores the map. */
    FUSED("fused") {
        @Override
        public Value emit(Graph graph, Attention operation, Value... inputs) {
            return graph.expression(
                    "torch.scaled_dot_product_attention(%s, %s, %s%s)",
                    inputs[0], inputs[1], inputs[2], operation.causal() ? ", None, 0., True" : "");
        }
    },
    /** As its definition reads: a product, a softmax in float32 and a product. */
    PRODUCTS("products of matrices") {
        @Override
        public Value emit(Graph graph, Attention operation, Value... inputs) {
            // Scaled before the product, which would overflow in float16.
            Value queries = graph.multiply(inputs[0], Math.pow(operation.headSize(), -0.5));
            Value scores = graph.cast(
                    graph.expression("torch.matmul(%s, torch.transpose(%s, -2, -1))", queries, inputs[1]),
                    ScalarType.FLOAT32);
            if (operation.causal()) {
                Value later = graph.expression("torch.gt(torch.triu(torch.ones_like(%s), 1), 0)", scores);
                scores = graph.expression("torch.masked_fill(%s, %s, %s)", scores, later, NOTHING);
            }
            Value map = graph.cast(graph.expression("torch.softmax(%s, -1, None)", scores), operation.type());
            return graph.expression("torch.matmul(%s, %s)", map, inputs[2]);
        }
    };

    /** A score whose exponential is 0. */
    private static final double NOTHING = -1e30;

    private final String description;

    AttentionKernel(String description) {
        this.description = description;
    }

    @Override
    public String description() {
        return description;
    }
}
