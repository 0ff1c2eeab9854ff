package io.sparkinversion.inversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MethodTest {

    @ParameterizedTest
    @EnumSource(Method.class)
    void everyMethodIsFoundByItsLabel(Method method) {
        assertThat(Method.of(method.label())).isSameAs(method);
        assertThat(method.label()).matches("[a-z]+(-[a-z]+)*");
    }

    @Test
    void thePapersMethodHasTheLabelOfTheResultTables() {
        assertThat(Method.NEGATIVE_PROMPT.label()).isEqualTo("negative-prompt");
        assertThat(Method.DDIM_CFG.label()).isEqualTo("ddim-cfg");
    }

    @Test
    void anUnknownLabelIsRefusedWithTheOnesThatExist() {
        assertThatThrownBy(() -> Method.of("Negative-Prompt"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown method 'Negative-Prompt'; known: " + Method.labels());
        assertThat(Method.labels().split(", "))
                .containsExactly(Arrays.stream(Method.values()).map(Method::label).toArray(String[]::new))
                .contains("negative-prompt", "ddim", "ddim-cfg");
    }

    /** Turkish has a dotless lower case of I. */
    @Test
    void labelsDoNotDependOnTheLocale() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("tr-TR"));
            assertThat("DDIM".toLowerCase()).isNotEqualTo("ddim");

            assertThat(Method.DDIM.label()).isEqualTo("ddim");
        } finally {
            Locale.setDefault(before);
        }
    }
}
