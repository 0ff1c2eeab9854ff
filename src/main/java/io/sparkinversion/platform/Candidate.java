package io.sparkinversion.platform;

import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.Kernel;
import io.sparkinversion.torchscript.Operation;
import io.sparkinversion.torchscript.Value;
import java.util.List;

/** A kernel that may compute an operation. */
record Candidate<O extends Operation>(O operation, Kernel<O> kernel) {
    Value emit(Graph graph, List<Value> inputs) {
        return kernel.emit(graph, operation, inputs.toArray(Value[]::new));
    }
}
