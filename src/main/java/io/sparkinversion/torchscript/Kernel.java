package io.sparkinversion.torchscript;

/**
 * One way to compute an operation: the lines of TorchScript that a program has for it. Kernels of one operation give the
 * same result to rounding and differ in cost, and some processors compute some of them wrongly.
 *
 * @param <O> the operation
 */
public interface Kernel<O extends Operation> {
    /** For people, such as {@code oneDNN, channels-last}. */
    String description();

    /**
     * Adds the kernel to a program.
     *
     * @param graph of the method; images come and go in its program's {@link MemoryFormat}
     * @param inputs as the operation lists them
     */
    Value emit(Graph graph, O operation, Value... inputs);
}
