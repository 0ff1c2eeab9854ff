package io.sparkinversion.platform;

import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.MemoryFormat;
import io.sparkinversion.torchscript.Operation;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ProgramBuilder;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.torchscript.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Kernels as methods of one program, so that libtorch reads one text for all of them. A method takes
 * {@link Numbers#block} and, for each of its results, the places that are asked for. It returns what the kernel has
 * there, in float32: of each trial the result and, where the operation is differentiated, the derivatives by the
 * trial's variables.
 *
 * @param format of the images of the networks that the kernels are for
 */
record TrialProgram(MemoryFormat format) {
    /** A method's name by its place in the list. */
    static String method(int index) {
        return "case_" + index;
    }

    /** A kernel and what it is tried on. */
    record Case(Candidate<?> candidate, List<Trial> trials) {}

    Program of(List<Case> cases) {
        ProgramBuilder builder = new ProgramBuilder("platform_check", Target.portable(format), ScalarType.FLOAT32);
        for (int i = 0; i < cases.size(); i++) {
            Case each = cases.get(i);
            builder.method(
                    method(i), graph -> graph.returnsList(new Writer(graph, each.candidate()).all(each.trials())));
        }
        return builder.build();
    }

    /** Writes one method. */
    private final class Writer {
        private final Graph graph;
        private final Candidate<?> candidate;
        private final Operation operation;
        private final Value block;
        private final Map<String, Value> stored = new HashMap<>();
        private int placeInputs;

        private Writer(Graph graph, Candidate<?> candidate) {
            this.graph = graph;
            this.candidate = candidate;
            this.operation = candidate.operation();
            this.block = graph.input("block");
        }

        private List<Value> all(List<Trial> trials) {
            return trials.stream().flatMap(trial -> results(trial).stream()).toList();
        }

        private List<Value> results(Trial trial) {
            List<Value> inputs = new ArrayList<>();
            List<Value> variables = new ArrayList<>();
            for (Numbers numbers : trial.inputs()) {
                boolean variable = operation.differentiated() && variables.size() < trial.variables();
                Value input = variable ? graph.variable(stored(numbers)) : stored(numbers);
                if (variable) {
                    variables.add(input);
                }
                inputs.add(input);
            }
            Value result = candidate.emit(graph, inputs);
            List<Value> results = new ArrayList<>();
            results.add(atPlaces(graph.expression("torch.detach(%s)", result)));
            if (operation.differentiated()) {
                Value weighted = graph.multiply(result, stored(trial.upstream()));
                graph.gradients(graph.expression("torch.sum(%s)", weighted), variables)
                        .forEach(gradient -> results.add(atPlaces(gradient)));
            }
            return results;
        }

        private Value atPlaces(Value tensor) {
            Value places = graph.input("places_" + placeInputs++);
            Value flat = graph.expression("torch.reshape(%s, [-1])", tensor);
            return graph.cast(graph.expression("torch.index_select(%s, 0, %s)", flat, places), ScalarType.FLOAT32);
        }

        /** In the type, and images and their weights in the memory format, in which the networks have them. */
        private Value stored(Numbers numbers) {
            return stored.computeIfAbsent(numbers.expression(block.expression()), expression -> {
                Value value = graph.cast(graph.expression(expression), operation.type());
                boolean image = numbers.shape().length == 4 && format == MemoryFormat.CHANNELS_LAST;
                return image ? graph.inFormat(value, format) : value;
            });
        }
    }
}
