package io.sparkinversion.torchscript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/** Operations against what their definitions give by hand. */
class GraphTest extends WithManager {
    private NDArray evaluate(NDArray x, BiFunction<Graph, Value, Value> operation) {
        Program program = new ProgramBuilder("one operation")
                .method("forward", graph -> graph.returns(operation.apply(graph, graph.input("x"))))
                .build();
        try (CompiledProgram compiled = CompiledProgram.compile(program, DeviceWeights.none(manager))) {
            return compiled.call(manager, "forward", Argument.of(x));
        }
    }

    private NDArray counting(long... shape) {
        Shape wanted = new Shape(shape);
        return manager.arange((int) wanted.size())
                .toType(DataType.FLOAT32, false)
                .reshape(wanted);
    }

    @Test
    void imagesBecomeTokensPixelByPixelAndBack() {
        NDArray image = counting(1, 2, 2, 3);

        NDArray tokens = evaluate(image, Graph::toTokens);
        NDArray back = evaluate(image, (graph, x) -> graph.toImage(graph.toTokens(x), x));

        assertThat(tokens.getShape()).isEqualTo(new Shape(1, 6, 2));
        assertThat(tokens.toFloatArray()).startsWith(0, 6, 1, 7);
        assertThat(back).isEqualTo(image);
    }

    @Test
    void headsAreSplitOffTheLastDimensionAndJoinedAgain() {
        NDArray x = counting(1, 2, 6);

        NDArray split = evaluate(x, (graph, value) -> graph.splitHeads(value, 3, 2));
        NDArray joined = evaluate(x, (graph, value) -> graph.joinHeads(graph.splitHeads(value, 3, 2)));

        assertThat(split.getShape()).isEqualTo(new Shape(1, 3, 2, 2));
        assertThat(split.toFloatArray()).startsWith(0, 1, 6, 7);
        assertThat(joined).isEqualTo(x);
    }

    @Test
    void attentionOverEqualKeysIsTheMeanAndTheCausalOneThatOfThePast() {
        NDArray x = counting(1, 1, 4, 2);
        BiFunction<Graph, Value, Value> zeros = (graph, value) -> graph.multiply(value, 0);

        NDArray all = evaluate(
                x, (graph, v) -> graph.scaledDotProductAttention(zeros.apply(graph, v), zeros.apply(graph, v), v, 2));
        NDArray past =
                evaluate(x, (graph, v) -> graph.causalAttention(zeros.apply(graph, v), zeros.apply(graph, v), v, 2));

        assertThat(all.toFloatArray()).containsExactly(new float[] {3, 4, 3, 4, 3, 4, 3, 4}, within(1e-5f));
        assertThat(past.toFloatArray()).containsExactly(new float[] {0, 1, 1, 2, 2, 3, 3, 4}, within(1e-5f));
    }

    @Test
    void activationsFollowTheirFormulas() {
        NDArray x = manager.create(new float[] {-3, -0.5f, 0, 1, 4});

        assertThat(evaluate(x, Graph::relu).toFloatArray()).containsExactly(0, 0, 0, 1, 4);
        float[] silu = evaluate(x, Graph::silu).toFloatArray();
        float[] quick = evaluate(x, Graph::quickGelu).toFloatArray();
        for (int i = 0; i < silu.length; i++) {
            double value = x.toFloatArray()[i];
            assertThat((double) silu[i]).isCloseTo(value / (1 + Math.exp(-value)), within(1e-6));
            assertThat((double) quick[i]).isCloseTo(value / (1 + Math.exp(-1.702 * value)), within(1e-6));
        }
        // Phi(1) = 0.841344746 and Phi(-3) = 0.001349898, the normal distribution's tables.
        float[] gelu = evaluate(x, Graph::gelu).toFloatArray();
        assertThat(gelu[3]).isCloseTo(0.841344746f, within(1e-6f));
        assertThat(gelu[0]).isCloseTo(-3 * 0.001349898f, within(1e-6f));
    }

    @Test
    void upsamplingRepeatsTheNearestPixel() {
        NDArray x = counting(1, 1, 1, 2);
        NDArray odd = counting(1, 1, 2, 3);

        NDArray twice = evaluate(x, Graph::upsampleTwice);
        NDArray toOdd = evaluate(odd, (graph, like) -> graph.upsampleTo(graph.slice(like, 3, 0, 2), like));

        assertThat(twice.getShape()).isEqualTo(new Shape(1, 1, 2, 4));
        assertThat(twice.toFloatArray()).containsExactly(0, 0, 1, 1, 0, 0, 1, 1);
        assertThat(toOdd.getShape()).isEqualTo(new Shape(1, 1, 2, 3));
        assertThat(toOdd.toFloatArray()).containsExactly(0, 0, 1, 3, 3, 4);
    }

    @Test
    void paddingGoesToTheRightAndBelow() {
        NDArray padded = evaluate(counting(1, 1, 1, 2), (graph, x) -> graph.padRightAndBelow(x, 1));

        assertThat(padded.getShape()).isEqualTo(new Shape(1, 1, 2, 3));
        assertThat(padded.toFloatArray()).containsExactly(0, 1, 0, 0, 0, 0);
    }

    @Test
    void slicesConcatenateBack() {
        NDArray x = counting(2, 3);

        NDArray rotated = evaluate(
                x, (graph, value) -> graph.concatenate(1, graph.slice(value, 1, 1, 3), graph.slice(value, 1, 0, 1)));

        assertThat(rotated.toFloatArray()).containsExactly(1, 2, 0, 4, 5, 3);
    }

    @Test
    void dimensionsAreAppended() {
        assertThat(evaluate(counting(2, 3), (graph, x) -> graph.appendDimensions(x, 2))
                        .getShape())
                .isEqualTo(new Shape(2, 3, 1, 1));
    }
}
