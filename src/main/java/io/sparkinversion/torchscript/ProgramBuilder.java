package io.sparkinversion.torchscript;

import io.sparkinversion.torchscript.WeightSpec.Packing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Collects the methods of one {@link Program} and the weights that they share. */
public final class ProgramBuilder {
    private final String name;
    private final Target target;
    private final ScalarType type;
    private final List<String> methods = new ArrayList<>();
    private final List<Program.Method> signatures = new ArrayList<>();
    private final Map<StoredWeight, Integer> weightIndex = new LinkedHashMap<>();
    private final Map<String, List<String>> checkpoints = new LinkedHashMap<>();
    private final List<WeightSpec> weights = new ArrayList<>();
    private final Set<Operation> operations = new LinkedHashSet<>();

    private record StoredWeight(String name, @Nullable Packing packing) {}

    /** For any device, in float32, with images in {@link MemoryFormat#CHANNELS_FIRST}. */
    public ProgramBuilder(String name) {
        this(name, Target.portable(), ScalarType.FLOAT32);
    }

    /**
     * @param target what the operations are written for
     * @param type of the weights and of what the layers take and give
     */
    public ProgramBuilder(String name, Target target, ScalarType type) {
        this.name = name;
        this.target = target;
        this.type = type;
    }

    MemoryFormat format() {
        return target.format();
    }

    KernelChoice kernels() {
        return target.kernels();
    }

    ScalarType type() {
        return type;
    }

    void uses(Operation operation) {
        operations.add(operation);
    }

    /**
     * Adds a method.
     *
     * @param methodName a Python identifier
     * @param body declares the inputs, computes, and ends with one of the {@code returns} calls
     */
    public ProgramBuilder method(String methodName, Consumer<Graph> body) {
        Graph graph = new Graph(this, methodName);
        body.accept(graph);
        methods.add(graph.emit());
        signatures.add(graph.signature());
        return this;
    }

    /**
     * Adds a method that computes the same and returns all that the body named by {@link Graph#checkpoint}.
     *
     * @param body declares the inputs and computes, without a {@code returns} call
     */
    public ProgramBuilder checkpoints(String methodName, Consumer<Graph> body) {
        return method(methodName, graph -> {
            body.accept(graph);
            checkpoints.put(methodName, List.copyOf(graph.checkpoints().keySet()));
            graph.returnsList(List.copyOf(graph.checkpoints().values()));
        });
    }

    public Program build() {
        StringBuilder source = new StringBuilder()
                .append("class Net(Module):\n")
                .append("  __parameters__ = []\n")
                .append("  __buffers__ = []\n")
                .append("  training : bool\n");
        methods.forEach(source::append);
        return new Program(
                name, format(), source.toString(), signatures, weights, checkpoints, List.copyOf(operations));
    }

    String describe(String methodName) {
        return "method " + methodName + " of program " + name;
    }

    /**
     * The expression of a weight; the same name gives the same weight and must have the same shape.
     *
     * @param packing null for a plain tensor
     */
    Value weight(String weightName, @Nullable Packing packing, long... shape) {
        StoredWeight stored = new StoredWeight(weightName, packing);
        Integer index = weightIndex.get(stored);
        if (index == null) {
            index = weights.size();
            weightIndex.put(stored, index);
            weights.add(new WeightSpec(weightName, shape.clone(), packing));
        } else if (!Arrays.equals(weights.get(index).shape(), shape)) {
            throw new IllegalArgumentException(
                    "program " + name + " uses weight " + weights.get(index) + " also as " + Arrays.toString(shape));
        }
        return new Value("w[" + index + "]");
    }
}
