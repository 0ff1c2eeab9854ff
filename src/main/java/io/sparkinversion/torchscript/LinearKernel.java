package io.sparkinversion.torchscript;

import io.sparkinversion.torchscript.Operation.Linear;

/** Ways to compute a linear layer. */
public enum LinearKernel implements Kernel<Linear> {
    /** Whatever libtorch picks for the device. */
    LIBTORCH("libtorch's choice") {
        @Override
        public Value emit(Graph graph, Linear operation, Value... inputs) {
            return graph.expression(
                    "torch.linear(%s, %s, %s)", inputs[0], inputs[1], operation.bias() ? inputs[2] : "None");
        }
    },
    /** oneDNN's, for CPUs, in float32 and without derivatives; libtorch would take MKL's. */
    ONEDNN("oneDNN") {
        @Override
        public Value emit(Graph graph, Linear operation, Value... inputs) {
            return graph.expression(
                    "ops.mkldnn._linear_pointwise(%s, %s, %s, \"none\", [], \"\")",
                    inputs[0], inputs[1], operation.bias() ? inputs[2] : "None");
        }
    },
    /** In float64, which other code computes: slow. */
    FLOAT64("in float64") {
        @Override
        public Value emit(Graph graph, Linear operation, Value... inputs) {
            Value x = graph.cast(inputs[0], ScalarType.FLOAT64);
            Value weight = graph.cast(inputs[1], ScalarType.FLOAT64);
            Object bias = operation.bias() ? graph.cast(inputs[2], ScalarType.FLOAT64) : "None";
            return graph.cast(graph.expression("torch.linear(%s, %s, %s)", x, weight, bias), operation.type());
        }
    };

    private final String description;

    LinearKernel(String description) {
        this.description = description;
    }

    @Override
    public String description() {
        return description;
    }
}
