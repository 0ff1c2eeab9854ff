package io.sparkinversion.torchscript;

import io.sparkinversion.torchscript.WeightSpec.Packing;
import org.jspecify.annotations.Nullable;

/**
 * One way to compute an operation: the lines of TorchScript that a program has for it. Kernels of one operation give the
 * same result to rounding and differ in cost, and some processors compute some of them wrongly.
 *
 * @param <O> the operation
 */
public interface Kernel<O extends Operation> {
    /** For people, such as {@code oneDNN, channels-last}. */
    String description();

    /** How the weight, which is the second of the inputs, must lie in memory; null for a plain tensor. */
    default @Nullable Packing packing(O operation) {
        return null;
    }

    /**
     * Adds the kernel to a program.
     *
     * @param graph of the method; images come and go in its program's {@link MemoryFormat}
     * @param inputs as the operation lists them
     */
    Value emit(Graph graph, O operation, Value... inputs);
}
