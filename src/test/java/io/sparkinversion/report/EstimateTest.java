package io.sparkinversion.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EstimateTest {
    /** The two-sided 5% column of the t table (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2). */
    @ParameterizedTest
    @CsvSource({"1, 12.706", "2, 4.303", "4, 2.776", "9, 2.262", "29, 2.045", "99, 1.984"})
    void halfWidthIsTheTablesQuantileTimesTheStandardError(int degreesOfFreedom, double quantile) {
        double[] values = new double[degreesOfFreedom + 1];
        Arrays.setAll(values, i -> i % 3);

        Estimate estimate = Estimate.of(values);

        assertThat((estimate.high() - estimate.mean()) / estimate.standardError())
                .isCloseTo(quantile, within(6e-4));
        assertThat((estimate.mean() - estimate.low()) / estimate.standardError())
                .isCloseTo(quantile, within(6e-4));
    }

    /** Student's own example (Biometrika 6, 1908): hours of sleep gained with two drugs by ten patients. */
    @Test
    void pairedIntervalIsThatOfStudentsSleepData() {
        double[] first = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
        double[] second = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};

        Estimate estimate = Estimate.ofDifferences(second, first);

        assertThat(estimate.count()).isEqualTo(10);
        assertThat(estimate.mean()).isCloseTo(1.58, within(1e-12));
        assertThat(estimate.low()).isCloseTo(0.7001142, within(1e-6));
        assertThat(estimate.high()).isCloseTo(2.4598858, within(1e-6));
    }

    @Test
    void leavesOutWhatIsNotFinite() {
        Estimate estimate = Estimate.of(1, Double.POSITIVE_INFINITY, 3, Double.NaN);

        assertThat(estimate.count()).isEqualTo(2);
        assertThat(estimate.mean()).isEqualTo(2);
        assertThat(estimate.standardError()).isCloseTo(1, within(1e-12));
    }

    @Test
    void oneValueHasAMeanAndNoInterval() {
        Estimate estimate = Estimate.of(7);

        assertThat(estimate.mean()).isEqualTo(7);
        assertThat(estimate.standardError()).isNaN();
        assertThat(estimate.low()).isNaN();
        assertThat(estimate.high()).isNaN();
    }

    @Test
    void noValueHasNoMean() {
        assertThat(Estimate.of().mean()).isNaN();
        assertThat(Estimate.of().count()).isZero();
    }

    @Test
    void refusesPairsOfDifferentLength() {
        assertThatThrownBy(() -> Estimate.ofDifferences(new double[3], new double[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("paired values: 3 and 2");
    }
}
