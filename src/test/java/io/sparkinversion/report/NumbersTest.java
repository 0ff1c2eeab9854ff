package io.sparkinversion.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NumbersTest {
    @Test
    void whatIsNotDefinedIsADash() {
        assertThat(Numbers.fixed(Double.NaN, 2)).isEqualTo("–");
        assertThat(Numbers.percent(Double.NaN)).isEqualTo("–");
        assertThat(Numbers.times(Double.POSITIVE_INFINITY)).isEqualTo("–");
        assertThat(Numbers.mebibytes(0)).isEqualTo("–");
        assertThat(Numbers.exact(Double.NaN)).isEmpty();
    }

    @Test
    void signsAreShownUnlessTheNumberRoundsToZero() {
        assertThat(Numbers.signed(1.234, 2)).isEqualTo("+1.23");
        assertThat(Numbers.signed(-1.234, 2)).isEqualTo("−1.23");
        assertThat(Numbers.signed(-0.001, 2)).isEqualTo("0.00");
        assertThat(Numbers.fixed(-0.001, 2)).isEqualTo("0.00");
    }

    @Test
    void secondsKeepTheDigitsThatMatter() {
        assertThat(Numbers.seconds(0.0421)).isEqualTo("0.042");
        assertThat(Numbers.seconds(4.6111)).isEqualTo("4.611");
        assertThat(Numbers.seconds(12.345)).isEqualTo("12.35");
        assertThat(Numbers.seconds(129.768)).isEqualTo("129.8");
    }

    @Test
    void errorsShowTheirFirstDigit() {
        assertThat(Numbers.error(0.12, 2)).isEqualTo("0.12");
        assertThat(Numbers.error(0.00042, 3)).isEqualTo("0.0004");
        assertThat(Numbers.error(0, 3)).isEqualTo("0.000");
        assertThat(Numbers.error(1e-17, 3)).describedAs("what rounding leaves").isEqualTo("0.000");
        assertThat(Numbers.error(Double.NaN, 3)).isEqualTo("–");
    }

    @Test
    void smallSharesAreNotShownAsNone() {
        assertThat(Numbers.percent(0)).isEqualTo("0.0%");
        assertThat(Numbers.percent(0.0001)).isEqualTo("<0.1%");
        assertThat(Numbers.percent(0.123)).isEqualTo("12.3%");
    }
}
