package io.sparkinversion.torchscript;

import java.util.List;
import java.util.Map;

/**
 * A network as TorchScript source text, without weights. Each method takes its inputs in the order in which they were
 * declared and, last, {@code w: List[Tensor]}: the weights in the order of {@code weights}.
 *
 * @param name for messages, such as {@code unet}
 * @param format of its images, and so of its convolutions' weights
 * @param source the serialized TorchScript of class {@code __torch__.Net}
 * @param methods what can be called
 * @param weights what the methods index as {@code w[0]}, {@code w[1]}, and so on
 * @param checkpoints of the methods that return their intermediate results: the results' names
 * @param operations that kernels were chosen for, each once
 */
public record Program(
        String name,
        MemoryFormat format,
        String source,
        List<Method> methods,
        List<WeightSpec> weights,
        Map<String, List<String>> checkpoints,
        List<Operation> operations) {

    /**
     * A method's signature, without the weights, which come last in all.
     *
     * @param result {@code Tensor} or {@code List[Tensor]}
     */
    public record Method(String name, List<Input> inputs, String result) {
        public Method {
            inputs = List.copyOf(inputs);
        }
    }

    /** @param type {@code Tensor}, {@code List[Tensor]} or {@code float} */
    public record Input(String name, String type) {}

    public Program {
        methods = List.copyOf(methods);
        weights = List.copyOf(weights);
        checkpoints = Map.copyOf(checkpoints);
        operations = List.copyOf(operations);
    }

    /** How many weights, counted element by element. */
    public long parameterCount() {
        return weights.stream()
                .mapToLong(weight -> {
                    long count = 1;
                    for (long dimension : weight.shape()) {
                        count *= dimension;
                    }
                    return count;
                })
                .sum();
    }
}
