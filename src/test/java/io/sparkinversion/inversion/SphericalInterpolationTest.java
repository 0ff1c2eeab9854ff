package io.sparkinversion.inversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SphericalInterpolationTest {

    private static float[] random(long seed, int length, boolean unit) {
        Random random = new Random(seed);
        double[] values = random.doubles(length, -1, 1).toArray();
        double norm = unit ? Math.sqrt(dot(values)) : 1;
        float[] result = new float[length];
        for (int i = 0; i < length; i++) {
            result[i] = (float) (values[i] / norm);
        }
        return result;
    }

    private static double dot(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value * value;
        }
        return sum;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    @Test
    void endsAreTheVectorsThemselves() {
        float[] from = random(1, 300, false);
        float[] to = random(2, 300, false);

        assertThat(SphericalInterpolation.between(from, to, 0)).containsExactly(from, within(1e-6f));
        assertThat(SphericalInterpolation.between(from, to, 1)).containsExactly(to, within(1e-6f));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.3, 0.5, 0.9})
    void unitVectorsStayOfUnitLengthAndTurnEvenly(double fraction) {
        float[] from = random(3, 300, true);
        float[] to = random(4, 300, true);

        float[] between = SphericalInterpolation.between(from, to, fraction);

        assertThat(dot(between, between)).isCloseTo(1, within(1e-6));
        double whole = Math.acos(dot(from, to));
        assertThat(Math.acos(dot(from, between))).isCloseTo(fraction * whole, within(1e-5));
        assertThat(Math.acos(dot(between, to))).isCloseTo((1 - fraction) * whole, within(1e-5));
    }

    @Test
    void halfwayBetweenTheAxesIsTheDiagonal() {
        float half = (float) Math.sqrt(0.5);

        assertThat(SphericalInterpolation.between(new float[] {1, 0}, new float[] {0, 1}, 0.5))
                .containsExactly(new float[] {half, half}, within(1e-6f));
    }

    /** Rounding puts some of these cosines a little above 1, where the arc cosine is undefined. */
    @Test
    void parallelVectorsAreInterpolatedLinearly() {
        for (long seed = 0; seed < 200; seed++) {
            float[] from = random(seed, 50, false);
            float[] to = from.clone();
            float[] expected = from.clone();
            for (int i = 0; i < to.length; i++) {
                to[i] = 3 * from[i];
                expected[i] = 1.5f * from[i];
            }

            assertThat(SphericalInterpolation.between(from, to, 0.25)).containsExactly(expected, within(1e-5f));
        }
    }

    @Test
    void aZeroVectorIsInterpolatedLinearly() {
        assertThat(SphericalInterpolation.between(new float[] {0, 0}, new float[] {2, 4}, 0.25))
                .containsExactly(0.5f, 1);
    }

    @Test
    void vectorsOfDifferentLengthsAreRefused() {
        assertThatThrownBy(() -> SphericalInterpolation.between(new float[2], new float[3], 0.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("vectors of length 2 and 3");
    }
}
