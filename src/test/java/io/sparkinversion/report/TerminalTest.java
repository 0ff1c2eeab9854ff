package io.sparkinversion.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TerminalTest {
    @Test
    void columnsAreThoseOfTheVariableThenOfTheTerminal() {
        assertThat(Terminal.columns("120", true)).isEqualTo(120);
        assertThat(Terminal.columns(" 60 ", false)).isEqualTo(60);
        assertThat(Terminal.columns(null, true)).isEqualTo(80);
        assertThat(Terminal.columns("wide", true)).isEqualTo(80);
        assertThat(Terminal.columns("0", false)).isEqualTo(Terminal.UNLIMITED);
        assertThat(Terminal.columns(null, false)).isEqualTo(Terminal.UNLIMITED);
    }
}
