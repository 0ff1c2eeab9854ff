package io.sparkinversion.torchscript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.weights.WeightTensor;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AutogradTest extends WithManager {
    /** The derivative of the sum of x^3 is 3 x^2, without weights. */
    private static Program cubes() {
        return new ProgramBuilder("cubes")
                .method("cubes", graph -> {
                    Value x = graph.variable(graph.input("x"));
                    Value cubes = graph.multiply(graph.multiply(x, x), x);
                    Value gradient = graph.gradient(graph.expression("torch.sum(%s)", cubes), x);
                    graph.returnsList(List.of(graph.expression("torch.detach(%s)", cubes), gradient));
                })
                .method("double", graph -> graph.returns(graph.multiply(graph.input("x"), 2)))
                .build();
    }

    @Test
    void takesADerivativeInsideTheProgram() {
        try (CompiledProgram program = CompiledProgram.compile(cubes(), DeviceWeights.none(manager))) {
            NDArray x = manager.create(new float[] {1, -2, 0.5f});

            NDList results = program.callWithAutograd(manager, "cubes", x);

            assertThat(results.get(0).toFloatArray()).containsExactly(1, -8, 0.125f);
            assertThat(results.get(1).toFloatArray()).containsExactly(3, 12, 0.75f);
            assertThat(x.toFloatArray()).as("the input stays").containsExactly(1, -2, 0.5f);
        }
    }

    @Test
    void resultsOfOtherCallsAreGoodInputs() {
        try (CompiledProgram program = CompiledProgram.compile(cubes(), DeviceWeights.none(manager))) {
            NDArray x = program.call(manager, "double", Argument.of(manager.create(new float[] {1})));

            assertThat(program.callWithAutograd(manager, "cubes", x).get(1).toFloatArray())
                    .containsExactly(12);
            assertThat(program.call(manager, "double", Argument.of(x)).toFloatArray())
                    .containsExactly(4);
        }
    }

    /** Where weights were cast on their way to the device, gradients pass through them all the same. */
    @ParameterizedTest
    @EnumSource(
            value = ScalarType.class,
            names = {"FLOAT32", "FLOAT16", "BFLOAT16"})
    void differentiatesThroughWeightsOfEveryType(ScalarType type) {
        Program linear = new ProgramBuilder("linear")
                .method("gradient", graph -> {
                    Value x = graph.variable(graph.input("x"));
                    Value y = graph.cast(graph.linear(graph.cast(x, type), "layer", 2, 2), ScalarType.FLOAT32);
                    Value sum = graph.expression("torch.sum(%s)", graph.multiply(y, y));
                    graph.returnsList(List.of(graph.gradient(sum, x)));
                })
                .build();
        InMemoryWeights weights = InMemoryWeights.of(
                WeightTensor.ofFloats("layer.weight", new long[] {2, 2}, new float[] {1, 2, -1, 0.5f}),
                WeightTensor.ofFloats("layer.bias", new long[] {2}, new float[] {0.25f, -1}));
        try (DeviceWeights loaded = DeviceWeights.load(weights, linear.weights(), Set.of(), manager, type);
                CompiledProgram program = CompiledProgram.compile(linear, loaded)) {
            NDArray x = manager.create(new float[] {1, 3}, new Shape(1, 2));

            // y = (7.25, -0.5); the derivative is 2 y W.
            float[] gradient =
                    program.callWithAutograd(manager, "gradient", x).get(0).toFloatArray();

            assertThat(gradient).containsExactly(new float[] {15.5f, 28.5f}, within(0.01f));
        }
    }
}
