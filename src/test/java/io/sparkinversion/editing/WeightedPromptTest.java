package io.sparkinversion.editing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightedPromptTest {

    @Test
    void factorsLeaveTheirWordsBehind() {
        assertThat(WeightedPrompt.parse("a (red:1.5) car"))
                .isEqualTo(new WeightedPrompt("a red car", Map.of("red", 1.5)));
        assertThat(WeightedPrompt.parse("(a:0) big ( old red :-.5) car"))
                .isEqualTo(new WeightedPrompt("a big old red car", Map.of("a", 0.0, "old", -0.5, "red", -0.5)));
    }

    @Test
    void aWordIsAllThatStandsBetweenBlanks() {
        assertThat(WeightedPrompt.parse("an un(happy:2), \"(dog:3)\""))
                .isEqualTo(new WeightedPrompt("an unhappy, \"dog\"", Map.of("unhappy,", 2.0, "\"dog\"", 3.0)));
        assertThat(WeightedPrompt.parse("((cat:2))")).isEqualTo(new WeightedPrompt("(cat)", Map.of("(cat)", 2.0)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a cat (and a dog)",
                "a clock (time: 10)",
                "at (10:30:00)",
                "a (note:to self)",
                "a ( :1.5) b",
                "a ) cat (",
                "a cat",
                "a (cat:)",
            })
    void otherParenthesesAreText(String prompt) {
        assertThat(WeightedPrompt.parse(prompt)).isEqualTo(new WeightedPrompt(prompt, Map.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1,5", "1.5x", "1e3", "-", "1 5"})
    void numbersThatAreNoneAreRefused(String number) {
        assertThatThrownBy(() -> WeightedPrompt.parse("a (red:" + number + ") car"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("edit prompt 'a (red:" + number + ") car': in '(red:" + number + ")' '" + number
                        + "' is not a number; write a factor such as (word:1.5), or a blank after the colon if this"
                        + " is no factor");
    }

    @Test
    void aWordHasOneFactor() {
        assertThat(WeightedPrompt.parse("(cat:2) and (cat:2)").factors()).isEqualTo(Map.of("cat", 2.0));
        assertThatThrownBy(() -> WeightedPrompt.parse("(cat:2) and (cat:3)"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the word 'cat' has two factors, 2.0 and 3.0");
    }
}
