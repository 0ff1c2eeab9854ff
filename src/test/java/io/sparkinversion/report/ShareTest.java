package io.sparkinversion.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShareTest {
    /** Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998). */
    @ParameterizedTest
    @CsvSource({"81, 263, 0.2553, 0.3662", "15, 148, 0.0624, 0.1605", "0, 20, 0.0000, 0.1611", "1, 29, 0.0061, 0.1718"})
    void intervalIsThePublishedScoreInterval(int count, int total, double low, double high) {
        Share share = new Share(count, total);

        assertThat(share.low()).isCloseTo(low, within(5.1e-5));
        assertThat(share.high()).isCloseTo(high, within(5.1e-5));
    }

    @Test
    void allOfThemReachesOne() {
        assertThat(new Share(20, 20).high()).isEqualTo(1);
        assertThat(new Share(20, 20).low()).isCloseTo(1 - 0.1611, within(5.1e-5));
    }

    @Test
    void nothingHasNoShare() {
        assertThat(new Share(0, 0).value()).isNaN();
        assertThat(new Share(0, 0).low()).isNaN();
        assertThat(new Share(0, 0).high()).isNaN();
    }
}
