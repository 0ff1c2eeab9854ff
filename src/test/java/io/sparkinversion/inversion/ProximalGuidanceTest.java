package io.sparkinversion.inversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.inversion.ProximalGuidance.Difference;
import io.sparkinversion.inversion.ProximalGuidance.Prox;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProximalGuidanceTest {
    private NDManager scope;

    @BeforeEach
    void openScope() {
        scope = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    }

    @AfterEach
    void closeScope() {
        scope.close();
    }

    private Difference shrink(ProximalGuidance proximal, long images, Shape shape, float... differences) {
        NDArray negative = scope.full(shape, 0.5f);
        return proximal.shrink(negative, scope.create(differences, shape).add(0.5f), images);
    }

    private static ProximalGuidance fixed(Prox prox, double threshold, int dilation) {
        return new ProximalGuidance(prox, -threshold, dilation);
    }

    /** The quantiles are those of NumPy's default method. */
    @ParameterizedTest
    @CsvSource({"0.7, 3.8", "0.5, 3", "0.25, 2", "1, 5", "0.05, 1.2"})
    void theThresholdIsAQuantileOfTheSizes(double quantile, float expected) {
        ProximalGuidance proximal = new ProximalGuidance(Prox.L0, quantile, 0);

        Difference difference = shrink(proximal, 1, new Shape(1, 1, 1, 5), 3, -1, 5, 2, -4);

        assertThat(difference.threshold().toFloatArray()).containsExactly(new float[] {expected}, within(1e-6f));
    }

    @Test
    void anImagesTwoBranchesShareItsThreshold() {
        ProximalGuidance proximal = new ProximalGuidance(Prox.L0, 0.5, 0);

        Difference difference = shrink(proximal, 2, new Shape(4, 1, 1, 2), 0, 0, 2, -4, 10, 20, 30, -50);

        assertThat(difference.threshold().toFloatArray()).containsExactly(1, 1, 25, 25);
        assertThat(difference.threshold().getShape()).isEqualTo(new Shape(4, 1, 1, 1));
        assertThat(difference.shrunk().toFloatArray()).containsExactly(0, 0, 1, -3, 0, 0, 5, -25);
    }

    @Test
    void everyTargetHasTheThresholdThatItWouldHaveAlone() {
        ProximalGuidance proximal = new ProximalGuidance(Prox.L0, 0.5, 0);

        Difference difference = shrink(proximal, 2, new Shape(6, 1, 1, 2), 0, 0, 2, -4, 10, 20, 10, 20, 30, -50, 0, 0);

        assertThat(difference.threshold().toFloatArray()).containsExactly(1, 1, 5, 25, 25, 5);
    }

    @Test
    void differencesMoveTowardsZeroByAFixedThreshold() {
        Difference difference = shrink(fixed(Prox.L0, 2, 0), 1, new Shape(1, 1, 1, 6), -5, -2, -1, 0, 1.5f, 4);

        assertThat(difference.shrunk().toFloatArray()).containsExactly(-3, 0, 0, 0, 0, 2);
    }

    /** As the code has it: what is negative moves up by the threshold a second time, even past 0. */
    @Test
    void theOtherProxMovesLargeDifferencesTwice() {
        Difference difference = shrink(fixed(Prox.L1, 2, 0), 1, new Shape(1, 1, 1, 6), -5, -3, -1, 1.5f, 3, 7);

        assertThat(difference.shrunk().toFloatArray()).containsExactly(-1, 1, 0, 0, 1, 3);
    }

    @Test
    void whatIsLeftBelowTheThresholdCountsAsUnedited() {
        Difference difference = shrink(fixed(Prox.L0, 1, 0), 1, new Shape(1, 1, 1, 6), -2.5f, -2, -1, 0, 2, 2.5f);

        assertThat(fixed(Prox.L0, 1, 0).unedited(difference).toFloatArray()).containsExactly(0, 1, 1, 1, 1, 0);
    }

    @Test
    void theEditedRegionGrowsInItsChannel() {
        float[] differences = new float[2 * 5 * 5];
        differences[0] = 9;
        differences[25 + 12] = -9;
        Shape shape = new Shape(1, 2, 5, 5);

        NDArray byOne = fixed(Prox.L0, 1, 1).unedited(shrink(fixed(Prox.L0, 1, 1), 1, shape, differences));
        NDArray byTwo = fixed(Prox.L0, 1, 2).unedited(shrink(fixed(Prox.L0, 1, 2), 1, shape, differences));

        assertThat(byOne.sum(new int[] {0, 2, 3}).toFloatArray()).containsExactly(25 - 4, 25 - 9);
        assertThat(byOne.get("0, 1, 1:4, 1:4").toFloatArray()).containsOnly(0);
        assertThat(byTwo.sum(new int[] {0, 2, 3}).toFloatArray()).containsExactly(25 - 9, 0);
    }

    @Test
    void equalPredictionsAreUneditedThroughout() {
        ProximalGuidance proximal = new ProximalGuidance(Prox.L1, 0.7, 2);

        Difference difference = shrink(proximal, 1, new Shape(1, 1, 2, 2), 0, 0, 0, 0);

        assertThat(difference.shrunk().toFloatArray()).containsOnly(0);
        assertThat(proximal.unedited(difference).toFloatArray()).containsOnly(1);
    }

    @ParameterizedTest
    @ValueSource(doubles = {1.01, Double.NaN})
    void aQuantileAboveOneIsRefused(double quantile) {
        assertThatThrownBy(() -> new ProximalGuidance(Prox.L0, quantile, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("quantile " + quantile)
                .hasMessageContaining("must be at most 1");
    }
}
