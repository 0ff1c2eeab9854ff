package io.sparkinversion.inversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.inversion.NullTextInversion.Start;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class MethodTest {

    private static Stream<String> names() {
        return Stream.of(Method.names().split(", "));
    }

    @ParameterizedTest
    @MethodSource("names")
    void everyNameIsAMethodWithItsDefaults(String name) {
        assertThat(Method.of(name).label()).isEqualTo(name).matches("[a-z]+(-[a-z]+)*");
        assertThat(Method.of(name).reconstruction()).isNotNull();
    }

    @Test
    void thePapersMethodsHaveTheLabelsOfTheResultTables() {
        assertThat(names())
                .contains("negative-prompt", "ddim", "ddim-cfg", "null-text", "vae")
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @CsvSource({
        "null-text:start=caption, null-text:start=caption",
        "null-text:start=empty:inner-steps=10, null-text",
        "null-text:start=caption:early-stop=0, null-text:early-stop=0:start=caption",
        "null-text:early-stop=2e-5, null-text:early-stop=0.00002",
        "null-text:early-stop=0.0, null-text:early-stop=0",
    })
    void settingsAreSortedAndDefaultsLeftOut(String written, String label) {
        assertThat(Method.of(written).label()).isEqualTo(label);
        assertThat(Method.of(label)).isEqualTo(Method.of(written));
    }

    @Test
    void settingsReachTheAlgorithm() {
        assertThat(Method.of("null-text:inner-steps=3:early-stop=0:start=caption")
                        .reconstruction())
                .isEqualTo(new NullTextInversion(Start.CAPTION, 3, 0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "null-text:start=noise | method null-text: start is 'noise'; it must be empty or caption",
                "null-text:inner-steps=0 | method null-text: inner-steps is '0'; it must be a whole number, 1 or more",
                "null-text:inner-steps=x | method null-text: inner-steps is 'x'; it must be a whole number, 1 or more",
                "null-text:early-stop=-1 | method null-text: early-stop is '-1'; it must be a number, 0 or more",
                "null-text:early-stop=NaN | method null-text: early-stop is 'NaN'; it must be a number, 0 or more",
                "null-text:stop=1 | method null-text has no setting 'stop'; known: early-stop, inner-steps, inversion-guidance, start, strength",
                "negative-prompt:scale=1 | method negative-prompt has no setting 'scale'; known: guided-from, guided-to, inversion-guidance, reuse, strength",
                "vae:scale=1 | method vae has no setting 'scale'; it has none",
                "null-text:caption | method 'null-text:caption': 'caption' is not of the form setting=value",
                "null-text:start=empty:start=caption | method 'null-text:start=empty:start=caption' gives a setting twice: "
                        + "'start=caption'",
            })
    void wrongSettingsAreRefused(String written, String message) {
        assertThatThrownBy(() -> Method.of(written))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void anUnknownNameIsRefusedWithTheOnesThatExist() {
        assertThatThrownBy(() -> Method.of("Negative-Prompt"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown method 'Negative-Prompt'; known: " + Method.names());
    }

    /** Turkish has a dotless lower case of I. */
    @Test
    void labelsDoNotDependOnTheLocale() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("tr-TR"));
            assertThat("DDIM".toLowerCase()).isNotEqualTo("ddim");

            assertThat(Method.of("ddim").label()).isEqualTo("ddim");
        } finally {
            Locale.setDefault(before);
        }
    }
}
