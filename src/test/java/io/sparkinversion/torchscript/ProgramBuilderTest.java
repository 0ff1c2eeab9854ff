package io.sparkinversion.torchscript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ProgramBuilderTest {

    private static Program convolution() {
        return new ProgramBuilder("small")
                .method("forward", graph -> graph.returns(graph.conv2d(graph.input("x"), "conv", 3, 8, 5, 2, 1)))
                .build();
    }

    @Test
    void aMethodThatReturnsTwiceIsRefused() {
        ProgramBuilder builder = new ProgramBuilder("small");

        assertThatThrownBy(() -> builder.method("forward", graph -> {
                    Value x = graph.input("x");
                    graph.returns(x);
                    graph.returnsList(List.of(x));
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("method forward of program small returns already");
    }

    @Test
    void aMethodThatReturnsNothingIsRefused() {
        ProgramBuilder builder = new ProgramBuilder("small");

        assertThatThrownBy(() -> builder.method("forward", graph -> graph.silu(graph.input("x"))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("method forward of program small returns nothing");
    }

    @Test
    void aWeightInTwoShapesIsRefused() {
        ProgramBuilder builder = new ProgramBuilder("small");

        assertThatThrownBy(() -> builder.method("forward", graph -> {
                    Value hidden = graph.linearWithoutBias(graph.input("x"), "dense", 4, 8);
                    graph.returns(graph.linearWithoutBias(hidden, "dense", 8, 4));
                }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("program small", "dense.weight[8, 4]", "[4, 8]");
    }

    @Test
    void methodsShareAWeightOfTheSameName() {
        Program program = new ProgramBuilder("small")
                .method("once", graph -> graph.returns(graph.linear(graph.input("x"), "dense", 4, 4)))
                .method("twice", graph -> {
                    Value hidden = graph.linear(graph.input("x"), "dense", 4, 4);
                    graph.returns(graph.linear(hidden, "dense", 4, 4));
                })
                .build();

        assertThat(program.weights())
                .containsExactly(
                        new WeightSpec("dense.weight", new long[] {4, 4}),
                        new WeightSpec("dense.bias", new long[] {4}));
    }

    @Test
    void parametersAreCountedElementByElement() {
        assertThat(convolution().parameterCount()).isEqualTo(8 * 3 * 5 * 5 + 8);
    }

    @Test
    void checkpointsAreListedInTheOrderOfTheirComputation() {
        Program program = new ProgramBuilder("small")
                .checkpoints("look", graph -> {
                    Value doubled = graph.checkpoint("doubled", graph.multiply(graph.input("x"), 2));
                    graph.checkpoint("again", graph.multiply(doubled, 2));
                })
                .build();

        assertThat(program.checkpoints()).containsOnlyKeys("look");
        assertThat(program.checkpoints().get("look")).containsExactly("doubled", "again");
    }

    /** Formatted in Egypt's Arabic, a plain %d writes digits that are none to TorchScript. */
    @Test
    void theTextDoesNotDependOnTheLocale() {
        Locale before = Locale.getDefault(Locale.Category.FORMAT);
        Program expected = convolution();
        try {
            Locale.setDefault(Locale.Category.FORMAT, Locale.forLanguageTag("ar-EG"));
            assertThat("%d".formatted(5)).isNotEqualTo("5");

            assertThat(convolution().source()).isEqualTo(expected.source());
        } finally {
            Locale.setDefault(Locale.Category.FORMAT, before);
        }
    }
}
