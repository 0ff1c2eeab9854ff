package io.sparkinversion.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunLengthsTest {

    /** Rows as strings, a hash for a pixel that is inside. */
    private static PixelMask mask(String... rows) {
        String all = String.join("", rows);
        boolean[] inside = new boolean[all.length()];
        for (int i = 0; i < inside.length; i++) {
            inside[i] = all.charAt(i) == '#';
        }
        return new PixelMask(rows[0].length(), rows.length, inside);
    }

    private static int[] numbers(String text) {
        return text.isEmpty()
                ? new int[0]
                : Arrays.stream(text.split(" ")).mapToInt(Integer::parseInt).toArray();
    }

    @Test
    void runsCountRowByRowFromTheTopLeft() {
        assertThat(RunLengths.decode(new int[] {1, 2, 5, 4}, 4, 3)).isEqualTo(mask(".##.", ".###", "#..."));
        assertThat(RunLengths.encode(mask(".##.", ".###", "#..."))).containsExactly(1, 2, 5, 4);
    }

    @Test
    void runsInAnyOrderThatOverlapGiveTheirUnion() {
        assertThat(RunLengths.decode(new int[] {9, 1, 2, 3, 3, 4, 0, 0}, 4, 3)).isEqualTo(mask("..##", "###.", ".#.."));
    }

    /** PIE-Bench's own reader takes the shorter of a run's length and what the canvas has left. */
    @Test
    void aRunThatEndsBeyondTheCanvasIsCutThere() {
        assertThat(RunLengths.decode(new int[] {10, 3}, 4, 3)).isEqualTo(mask("....", "....", "..##"));
        assertThat(RunLengths.decode(new int[] {11, Integer.MAX_VALUE}, 4, 3)).isEqualTo(mask("....", "....", "...#"));
    }

    @Test
    void anEmptyMaskHasNoRunsAndAFullOneHasOne() {
        assertThat(RunLengths.encode(mask("....", "...."))).isEmpty();
        assertThat(RunLengths.decode(new int[0], 4, 2)).isEqualTo(mask("....", "...."));
        assertThat(RunLengths.encode(PixelMask.whole(4, 2))).containsExactly(0, 8);
    }

    @Test
    void decodingWhatWasEncodedGivesTheMask() {
        Random random = new Random(4);
        for (int round = 0; round < 50; round++) {
            int width = 1 + random.nextInt(20);
            int height = 1 + random.nextInt(20);
            boolean[] inside = new boolean[width * height];
            for (int i = 0; i < inside.length; i++) {
                inside[i] = random.nextInt(3) > 0;
            }
            PixelMask mask = new PixelMask(width, height, inside);

            assertThat(RunLengths.decode(RunLengths.encode(mask), width, height))
                    .isEqualTo(mask);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 2 12 1  | run 1 starts at pixel 12; a canvas of 4x3 has the pixels 0 to 11",
                "-1 2      | run 0 starts at pixel -1; a canvas of 4x3 has the pixels 0 to 11",
                "0 1 3 1 7 -2 | run 2, from pixel 7, has the negative length -2",
            })
    void theRunThatIsNoneOfTheCanvasIsNamed(String runs, String message) {
        assertThatThrownBy(() -> RunLengths.decode(numbers(runs), 4, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void aStartWithoutALengthIsNamed() {
        assertThatThrownBy(() -> RunLengths.decode(new int[] {1, 2, 5}, 4, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("run lengths come in pairs of start and length, but these are 3 numbers: run 1 starts at 5"
                        + " and has no length");
    }

    @Test
    void theBorderIsOnePixelWideAndAddsToTheMask() {
        PixelMask mask = mask(".....", "..#..", ".....", ".....");

        assertThat(mask.withBorder()).isEqualTo(mask("#####", "#.#.#", "#...#", "#####"));
        assertThat(mask).isEqualTo(mask(".....", "..#..", ".....", "....."));
        assertThat(mask(".").withBorder()).isEqualTo(mask("#"));
        assertThat(mask("..", "..", "..").withBorder()).isEqualTo(PixelMask.whole(2, 3));
    }

    @Test
    void theWholePictureIsInside() {
        assertThat(PixelMask.whole(3, 2)).isEqualTo(mask("###", "###"));
    }
}
