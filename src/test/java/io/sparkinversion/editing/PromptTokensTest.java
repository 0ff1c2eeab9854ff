package io.sparkinversion.editing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.diffusion.ClipTokenizer;
import io.sparkinversion.diffusion.EmbeddedModel;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Words of prompts in the embedded model's vocabulary, which has "heart" and "brown" as single tokens. */
class PromptTokensTest {
    private static final int LENGTH = 77;
    private static ClipTokenizer tokenizer;

    @BeforeAll
    static void load() {
        tokenizer = ClipTokenizer.load(EmbeddedModel.FOLDER.resolve("tokenizer"), LENGTH);
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void wordsKnowTheirTokens() {
        PromptTokens prompt = PromptTokens.of(tokenizer, "brown heart, brown");

        assertThat(prompt.words()).containsExactly("brown", "heart,", "brown");
        assertThat(prompt.positions().get(0)).containsExactly(1);
        assertThat(prompt.positions().get(1)).as("heart and its comma").containsExactly(2, 3);
        assertThat(prompt.positionsOf("brown")).containsExactly(1, 4);
        assertThat(prompt.positionsOf("heart"))
                .as("another word than heart with a comma")
                .isEmpty();
        assertThat(prompt.ids()).hasSize(6);
    }

    /** Where letters, code points and bytes differ in number, and where the tokenizer changes the text. */
    @ParameterizedTest
    @CsvSource({
        "'  brown \t heart  brown', 2",
        "'😀🎉 HEART brown', 2",
        "'👩‍👩‍👧 heart brown', 2",
        "'cafe\u0301 nai\u0308ve brown', 3",
        "'brown\u00a0heart brown', 3",
        "'É brown', 2",
    })
    void theLastWordIsTheLastToken(String text, int words) {
        PromptTokens prompt = PromptTokens.of(tokenizer, text);
        int last = prompt.ids().length - 2;

        assertThat(prompt.words()).hasSizeBetween(words, 3).last().isEqualTo("brown");
        assertThat(prompt.positions().get(prompt.words().size() - 1)).containsExactly(last);
        assertThat(prompt.positions().stream()
                        .mapToInt(positions -> positions.length)
                        .sum())
                .isEqualTo(last);
    }

    @Test
    void wordsBeyondTheTextEncodersPositionsHaveNoTokens() {
        PromptTokens prompt = PromptTokens.of(tokenizer, "heart ".repeat(74) + "brown heart brown");

        assertThat(prompt.ids()).hasSize(LENGTH);
        assertThat(prompt.positions().get(74)).containsExactly(75);
        assertThat(prompt.positions().get(75)).isEmpty();
        assertThat(prompt.positionsOf("brown")).containsExactly(75);
    }

    @Test
    void theEmptyPromptHasNoWords() {
        PromptTokens prompt = PromptTokens.of(tokenizer, "");

        assertThat(prompt.words()).isEmpty();
        assertThat(prompt.ids()).hasSize(2);
    }

    @Test
    void aWordThatNoPromptHasIsNamed() {
        List<PromptTokens> prompts =
                List.of(PromptTokens.of(tokenizer, "brown heart"), PromptTokens.of(tokenizer, "a heart"));

        assertThatCode(() -> PromptTokens.requireInAny(prompts, "brown", "to blend"))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> PromptTokens.requireInAny(prompts, "Brown", "to blend"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the word 'Brown' to blend is not in 'brown heart' or in 'a heart'");
    }
}
