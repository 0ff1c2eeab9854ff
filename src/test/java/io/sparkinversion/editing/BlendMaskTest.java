package io.sparkinversion.editing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Masks worked out by hand. */
class BlendMaskTest {
    private static final float[] SOURCE = {
        1, 0, 0, 0,
        0, 0, 0, 0,
        0, 0, 0, 0,
        0, 0, 0, 4,
    };
    private static final float[] TARGET = {
        0, 0, 0, 0,
        0, 0, 0, 0,
        0, 0, 0, 0,
        2, 1, 0, 0,
    };

    @Test
    void everyPixelTakesItsNeighboursLargest() {
        BlendMask mask = BlendMask.of(new float[][] {SOURCE}, 4, 4, true, 4, 4);

        assertThat(mask.shares()[0]).containsExactly(0.25f, 0.25f, 0, 0, 0.25f, 0.25f, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1);
    }

    @Test
    void mapsGrowToTheLatentBySimpleRepetition() {
        BlendMask mask = BlendMask.of(new float[][] {{1, 2, 3, 4}}, 2, 2, false, 4, 2);

        assertThat(mask.shares()[0]).containsExactly(0.25f, 0.5f, 0.25f, 0.5f, 0.75f, 1, 0.75f, 1);
    }

    @Test
    void mapsOfLatentsThatDoNotDivideAreRepeatedAsEvenlyAsTheyCan() {
        BlendMask mask = BlendMask.of(new float[][] {{1, 2}}, 1, 2, false, 1, 3);

        assertThat(mask.shares()[0]).containsExactly(0.5f, 0.5f, 1);
    }

    @Test
    void aBranchMayChangeWhereItOrTheSourceLooks() {
        BlendMask mask = BlendMask.of(new float[][] {SOURCE, TARGET}, 4, 4, false, 4, 4);

        boolean[][] region = mask.above(0.3);

        assertThat(trueIn(region[0])).containsExactly(15);
        assertThat(trueIn(region[1])).containsExactly(12, 13, 15);
        assertThat(trueIn(mask.above(0.2)[1])).containsExactly(0, 12, 13, 15);
        assertThat(trueIn(mask.above(0.5)[1]))
                .as("exactly at the threshold is not above")
                .containsExactly(12, 15);
    }

    private static int[] trueIn(boolean[] values) {
        return IntStream.range(0, values.length).filter(i -> values[i]).toArray();
    }

    @Test
    void wordsThatNobodyLooksAtHaveNoRegion() {
        BlendMask mask = BlendMask.of(new float[][] {new float[4]}, 2, 2, true, 2, 2);

        assertThat(mask.above(0)[0]).containsOnly(false);
    }

    @ParameterizedTest
    @CsvSource({"0.2, 10, 8", "0.5, 10, 5", "0, 10, 10", "1, 10, 0", "0.2, 4, 4", "0.25, 7, 6"})
    void blendingStartsAfterItsShareOfTheSteps(double start, int steps, int expected) {
        LocalBlend blend = new LocalBlend(List.of(List.of("a")), List.of(), start, 0.3, 0.3);

        assertThat(IntStream.range(0, steps).filter(step -> blend.blends(step, steps)))
                .hasSize(expected);
        assertThat(blend.blends(steps - 1, steps)).isEqualTo(expected > 0);
        assertThat(LocalBlend.NONE.blends(steps - 1, steps)).isFalse();
    }

    @Test
    void sharesAndWordsAreChecked() {
        assertThatThrownBy(() -> new LocalBlend(List.of(List.of("a")), List.of(), 0.2, 1.5, 0.3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("local blend: threshold is 1.5, it must be 0 to 1");
        assertThatThrownBy(() -> new LocalBlend(List.of(), List.of(List.of("a")), 0.2, 0.3, 0.3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("needs words to subtract from");
    }
}
