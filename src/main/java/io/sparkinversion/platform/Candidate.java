package io.sparkinversion.platform;

import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.Kernel;
import io.sparkinversion.torchscript.Operation;
import io.sparkinversion.torchscript.Value;
import io.sparkinversion.torchscript.WeightSpec.Packing;
import java.util.List;

/** A kernel that may compute an operation. */
record Candidate<O extends Operation>(O operation, Kernel<O> kernel) {
    /** @param inputs plain tensors */
    Value emit(Graph graph, List<Value> inputs) {
        Value[] all = inputs.toArray(Value[]::new);
        Packing packing = kernel.packing(operation);
        if (packing != null) {
            all[1] = graph.pack(all[1], packing);
        }
        return kernel.emit(graph, operation, all);
    }
}
