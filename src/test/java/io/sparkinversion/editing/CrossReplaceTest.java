package io.sparkinversion.editing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CrossReplaceTest {
    private static final PromptTokens PROMPT = new PromptTokens(
            "a bc", 6, new long[] {1, 7, 8, 9, 2}, List.of("a", "bc"), List.of(new int[] {1}, new int[] {2, 3}));

    private static float[] column(float[][] table, int token) {
        float[] column = new float[table.length];
        for (int row = 0; row < column.length; row++) {
            column[row] = table[row][token];
        }
        return column;
    }

    /** A table of eleven rows for ten steps. */
    @Test
    void boundsAreSharesOfOneRowMoreThanThereAreSteps() {
        float[][] table = CrossReplace.until(0.4).table(10, PROMPT);

        assertThat(table).hasDimensions(11, 6);
        for (int token = 0; token < 6; token++) {
            assertThat(column(table, token)).containsExactly(1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0);
        }
    }

    @Test
    void wordsHaveWindowsOfTheirOwn() {
        Map<String, Window> words = Map.of("bc", new Window(0.1, 0.5), "zz", Window.ALWAYS);
        CrossReplace schedule = new CrossReplace(Window.until(0.2), words);

        float[][] table = schedule.table(10, PROMPT);

        assertThat(column(table, 1)).containsExactly(1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        for (int token = 2; token <= 3; token++) {
            assertThat(column(table, token)).containsExactly(0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0);
        }
        assertThat(column(table, 4)).isEqualTo(column(table, 1));
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 10, 0", "0, 1, 10, 10", "0, 0.8, 10, 8", "0.2, 0.7, 21, 10", "0.5, 0.5, 9, 0", "0, 0.35, 10, 3"})
    void windowsAreRoundedDownToWholeRows(double start, double end, int rows, int expected) {
        Window window = new Window(start, end);

        assertThat(IntStream.range(0, rows).filter(row -> window.contains(row, rows)))
                .hasSize(expected);
    }

    @ParameterizedTest
    @CsvSource({"-0.1, 0.5", "0.6, 0.5", "0, 1.5", "NaN, 0.5", "0, NaN"})
    void windowsThatAreNotSharesInOrderAreRefused(double start, double end) {
        assertThatThrownBy(() -> new Window(start, end))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a window from " + start + " to " + end + " of the steps: it needs 0 <= start <= end <= 1");
    }
}
