package io.sparkinversion.editing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Alignments worked out by hand. */
class SequenceAlignerTest {
    private static long[] sequence(String text) {
        return Arrays.stream(text.trim().split(" ")).mapToLong(Long::parseLong).toArray();
    }

    @ParameterizedTest
    @CsvSource({
        // source, target, source position of each target position
        "1 2 3, 1 2 3, 0 1 2",
        "1 2 3, 1 9 2 3, 0 -1 1 2",
        "1 2 3, 1 3, 0 2",
        "1 2 3, 1 9 3, 0 -1 2",
        "1 2 3, 9 8 7, -1 -1 -1",
        "1 2, 2 1, 1 -1",
        "1 5 2 5 3, 1 5 3, 0 1 4",
        "1 5 3, 1 5 2 5 3, 0 1 -1 -1 2",
    })
    void equalTokensStayTogetherInOrder(String source, String target, String expected) {
        int[] aligned = SequenceAligner.align(sequence(source), sequence(target));

        assertThat(Arrays.stream(aligned).asLongStream().toArray()).isEqualTo(sequence(expected));
    }
}
