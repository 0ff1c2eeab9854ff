package io.sparkinversion.editing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordDifferenceTest {
    private static List<String> words(String text) {
        return text == null ? List.of() : Words.of(text);
    }

    @ParameterizedTest
    @CsvSource({
        "a brown heart, a lion face, brown heart, lion face",
        "a cat, a big black cat, , big black",
        "a photo of a cat on a mat, a photo of a cat, on a mat, ",
        "a cat and a dog, a dog and a cat, cat dog, dog cat",
        "a cat, a cat, , ",
        "one, two, one, two",
        "a cat, '', a cat, ",
    })
    void wordsThatHaveNoPlaceInTheOtherPromptAreNamed(String source, String target, String removed, String added) {
        assertThat(WordDifference.between(source, target)).isEqualTo(new WordDifference(words(removed), words(added)));
    }

    @Test
    void caseAndPunctuationMakeNoDifferenceButAreKept() {
        WordDifference difference = WordDifference.between("A cat, on a mat.", "a Cat on a (blue) mat!");

        assertThat(difference).isEqualTo(new WordDifference(List.of(), List.of("(blue)")));
    }

    @Test
    void punctuationAloneIsAWord() {
        assertThat(WordDifference.between("cat - dog", "cat & dog"))
                .isEqualTo(new WordDifference(List.of("-"), List.of("&")));
    }
}
