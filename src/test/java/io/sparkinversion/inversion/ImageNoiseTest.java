package io.sparkinversion.inversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ImageNoiseTest {
    /** Known answers of the authors' library, Random123. */
    @Test
    void theGeneratorIsPhilox() {
        assertThat(ImageNoise.philox(new int[4], new int[2]))
                .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        assertThat(ImageNoise.philox(new int[] {-1, -1, -1, -1}, new int[] {-1, -1}))
                .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        assertThat(ImageNoise.philox(
                        new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, new int[] {0xa4093822, 0x299f31d0}))
                .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
    }

    @Test
    void theNoiseIsStandardNormal() {
        float[] values = noise(100_000, 1, 2, 3);

        double mean = 0;
        double square = 0;
        double fourth = 0;
        for (float value : values) {
            mean += value / values.length;
            square += (double) value * value / values.length;
            fourth += Math.pow(value, 4) / values.length;
        }
        assertThat(mean).isCloseTo(0, within(0.015));
        assertThat(square).isCloseTo(1, within(0.02));
        assertThat(fourth).isCloseTo(3, within(0.15));
    }

    @Test
    void everyPartOfTheKeyMatters() {
        float[] noise = noise(7, 1, 2, 3);

        assertThat(noise).isEqualTo(noise(7, 1, 2, 3));
        assertThat(noise).isNotEqualTo(noise(7, 9, 2, 3));
        assertThat(noise).isNotEqualTo(noise(7, 1, 9, 3));
        assertThat(noise).isNotEqualTo(noise(7, 1, 2, 9));
        // High halves of the 64-bit parts, too.
        assertThat(noise).isNotEqualTo(noise(7, 1 + (1L << 40), 2, 3));
        assertThat(noise).isNotEqualTo(noise(7, 1, 2 + (1L << 40), 3));
    }

    @Test
    void shorterNoiseIsTheBeginningOfLongerNoise() {
        assertThat(Arrays.copyOf(noise(20, 1, 2, 3), 5)).isEqualTo(noise(5, 1, 2, 3));
    }

    private static float[] noise(int count, long seed, long image, int draw) {
        float[] values = new float[count];
        ImageNoise.fill(values, 0, count, seed, image, draw);
        return values;
    }
}
