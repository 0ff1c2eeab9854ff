package io.sparkinversion.platform;

import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.Kernel;
import io.sparkinversion.torchscript.Operation;
import io.sparkinversion.torchscript.Value;
import io.sparkinversion.torchscript.WeightSpec.Packing;

/** How a kernel can be wrong. */
public enum Fault {
    /** The result is. */
    FORWARD {
        @Override
        Value spoil(Graph graph, Value right) {
            return graph.multiply(right, 1.5);
        }
    },
    /** The result is right, its derivative is not. */
    BACKWARD {
        @Override
        Value spoil(Graph graph, Value right) {
            return graph.expression(
                    "torch.sub(%s, torch.detach(%s))", graph.multiply(right, 1.5), graph.multiply(right, 0.5));
        }
    },
    /** The result is, for more than one image. */
    BATCHES {
        @Override
        Value spoil(Graph graph, Value right) {
            return graph.expression(
                    "torch.add(%s, torch.mul(%s, torch.sub(torch.size(%s, 0), 1)))", right, right, right);
        }
    },
    /** The result is no number. */
    NOT_A_NUMBER {
        @Override
        Value spoil(Graph graph, Value right) {
            return graph.expression("torch.log(torch.mul(torch.ones_like(%s), -1))", right);
        }
    },
    /** libtorch has never heard of it. */
    UNKNOWN {
        @Override
        Value spoil(Graph graph, Value right) {
            return graph.expression("torch.operation_of_the_future(%s)", right);
        }
    },
    /** libtorch refuses it on this device. */
    REFUSED {
        @Override
        Value spoil(Graph graph, Value right) {
            return graph.expression("torch.reshape(%s, [7, 11, 13])", right);
        }
    };

    abstract Value spoil(Graph graph, Value right);

    <O extends Operation> Kernel<O> in(Kernel<O> right) {
        return new FaultyKernel<>(right, this);
    }

    /** Not the enum's own, so that two faulty kernels are equal where they are the same. */
    private record FaultyKernel<O extends Operation>(Kernel<O> right, Fault fault) implements Kernel<O> {
        @Override
        public String description() {
            return fault + " of " + right.description();
        }

        @Override
        public Packing packing(O operation) {
            return right.packing(operation);
        }

        @Override
        public Value emit(Graph graph, O operation, Value... inputs) {
            return fault.spoil(graph, right.emit(graph, operation, inputs));
        }
    }
}
