package io.sparkinversion.editing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.editing.AttentionEdit.Copy;
import io.sparkinversion.editing.AttentionEdit.None;
import io.sparkinversion.editing.AttentionEdit.Refine;
import io.sparkinversion.editing.AttentionEdit.Replace;
import io.sparkinversion.editing.AttentionEdit.Reweight;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Prompts of a text encoder with 8 positions; a word has as many tokens as letters. */
class TokenMapTest {
    private static final int LENGTH = 8;
    private static final long START = 1;
    private static final long END = 2;

    private static PromptTokens prompt(String text) {
        List<Long> ids = new ArrayList<>(List.of(START));
        List<int[]> positions = new ArrayList<>();
        List<String> words = List.of(text.split(" "));
        for (String word : words) {
            int[] ofWord = new int[word.length()];
            for (int i = 0; i < ofWord.length; i++) {
                ofWord[i] = ids.size();
                ids.add((long) word.charAt(i));
            }
            positions.add(ofWord);
        }
        ids.add(END);
        return new PromptTokens(
                text, LENGTH, ids.stream().mapToLong(Long::longValue).toArray(), words, positions);
    }

    /** Ones at (source, target) positions, given as pairs, zeros elsewhere. */
    private static float[][] ones(int... pairs) {
        float[][] matrix = new float[LENGTH][LENGTH];
        for (int i = 0; i < pairs.length; i += 2) {
            matrix[pairs[i]][pairs[i + 1]] = 1;
        }
        return matrix;
    }

    @Test
    void aReplacedWordOfAsManyTokensGoesTokenByToken() {
        TokenMap map = TokenMap.of(new Replace(), prompt("a bc d"), prompt("a xy d"));

        assertThat(map.fromSource()).isDeepEqualTo(ones(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7));
        assertThat(map.own()).containsOnly(0);
    }

    @Test
    void aReplacedWordOfMoreTokensSharesTheSourcesAttention() {
        TokenMap map = TokenMap.of(new Replace(), prompt("a b c"), prompt("a xyz c"));

        float[][] expected = ones(0, 0, 1, 1, 5, 5, 6, 6, 7, 7);
        expected[2][2] = expected[2][3] = expected[2][4] = 1f / 3;
        assertThat(map.fromSource()).isDeepEqualTo(expected);
    }

    @Test
    void aReplacedWordOfFewerTokensAddsTheSourcesAttentionUp() {
        TokenMap map = TokenMap.of(new Replace(), prompt("a bcd e"), prompt("a x e"));

        // Behind it there are two fewer of the source's positions than of the target's.
        assertThat(map.fromSource()).isDeepEqualTo(ones(0, 0, 1, 1, 2, 2, 3, 2, 4, 2, 3, 3, 4, 4, 5, 5));
    }

    @Test
    void betweenReplacedWordsTokensFollowEachOther() {
        TokenMap map = TokenMap.of(new Replace(), prompt("ab c d e"), prompt("x c d y"));

        // Start; ab to x; c and d; e to y; then the target's own positions.
        assertThat(map.fromSource()).isDeepEqualTo(ones(0, 0, 1, 1, 2, 1, 3, 2, 4, 3, 5, 4, 5, 5, 6, 6));
    }

    @Test
    void promptsOfDifferentlyManyWordsAreNotReplaced() {
        assertThatThrownBy(() -> TokenMap.of(new Replace(), prompt("a b"), prompt("a b c")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("words can be replaced only between prompts of equally many words: 'a b' has 2, 'a b c' has"
                        + " 3; refine such a prompt instead");
    }

    @Test
    void aReplacedWordThatTheModelDoesNotReadIsNamed() {
        PromptTokens cut = new PromptTokens(
                "a zz", LENGTH, new long[] {START, 'a', END}, List.of("a", "zz"), List.of(new int[] {1}, new int[0]));

        assertThatThrownBy(() -> TokenMap.of(new Replace(), prompt("a b"), cut))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the word 'zz' of 'a zz' is beyond the 8 tokens that the model reads; shorten the prompt");
    }

    @Test
    void refinementKeepsNewTokensTheirOwn() {
        TokenMap map = TokenMap.of(new Refine(), prompt("a b"), prompt("a n b"));

        assertThat(map.fromSource()).isDeepEqualTo(ones(0, 0, 1, 1, 2, 3, 3, 4, 5, 5, 6, 6, 7, 7));
        assertThat(map.own()).containsExactly(0, 0, 1, 0, 0, 0, 0, 0);
    }

    @Test
    void reweightingScalesBothShares() {
        AttentionEdit edit = new Reweight(new Refine(), Map.of("n", 3.0, "b", 0.5));

        TokenMap map = TokenMap.of(edit, prompt("a b"), prompt("a n b"));

        float[][] expected = ones(0, 0, 1, 1, 2, 3, 3, 4, 5, 5, 6, 6, 7, 7);
        expected[2][3] = 0.5f;
        assertThat(map.fromSource()).isDeepEqualTo(expected);
        assertThat(map.own()).containsExactly(0, 0, 3, 0, 0, 0, 0, 0);
    }

    @Test
    void blendingKeepsTheRestOfTheTargetsOwn() {
        float[] weights = {1, 0, 1, 0.25f, 1, 1, 1, 1};

        TokenMap map = TokenMap.of(new Copy(), prompt("a b"), prompt("a c")).blended(weights);

        float[][] expected = ones(0, 0, 2, 2, 4, 4, 5, 5, 6, 6, 7, 7);
        expected[3][3] = 0.25f;
        assertThat(map.fromSource()).isDeepEqualTo(expected);
        assertThat(map.own()).containsExactly(0, 1, 0, 0.75f, 0, 0, 0, 0);
    }

    @Test
    void noneKeepsEverything() {
        TokenMap map = TokenMap.of(new None(), prompt("a b"), prompt("a c"));

        assertThat(map.fromSource()).isDeepEqualTo(ones());
        assertThat(map.own()).containsOnly(1);
        assertThat(map.flat()).hasSize(LENGTH * LENGTH).containsOnly(0);
    }

    @Test
    void nothingIsReweightedInNoEdit() {
        assertThatThrownBy(() -> new Reweight(new None(), Map.of("a", 2.0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("copies, replaces or refines");
    }
}
