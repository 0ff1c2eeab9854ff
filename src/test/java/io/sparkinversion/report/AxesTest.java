package io.sparkinversion.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AxesTest {
    @Test
    void logarithmicAxesAreLabelledAtRoundNumbers() {
        assertThat(Axes.decimals(0.3, 60).values()).containsExactly("0.5", "1", "2", "5", "10", "20", "50");
        assertThat(Axes.decimals(0.0005, 60).values()).containsExactly("0.001", "0.01", "0.1", "1", "10");
    }

    @Test
    void linearAxesAreLabelledAtRoundNumbers() {
        assertThat(Axes.rounds(12.6, 34.1).values()).containsExactly("15", "20", "25", "30");
        assertThat(Axes.rounds(-0.001, 0.45).values()).containsExactly("0.0", "0.1", "0.2", "0.3", "0.4");
        assertThat(Axes.rounds(0, 100).values()).containsExactly("0", "20", "40", "60", "80", "100");
    }
}
