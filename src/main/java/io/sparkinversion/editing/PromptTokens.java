package io.sparkinversion.editing;

import io.sparkinversion.diffusion.ClipTokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;

/**
 * A prompt as the text encoder reads it and as people write it: tokens and the words, between white space, that they
 * are pieces of. Token positions count the start token as 0.
 *
 * @param text the prompt
 * @param length positions of the text encoder
 * @param ids start token, the tokens that fit, end token
 * @param words in their order, punctuation included
 * @param positions for each word those of its tokens; empty where the word was cut off
 */
public record PromptTokens(String text, int length, long[] ids, List<String> words, List<int[]> positions) {
    public static PromptTokens of(ClipTokenizer tokenizer, String prompt) {
        ClipTokenizer.Tokens tokens = tokenizer.encode(prompt);
        int kept = Math.min(tokens.tokenCount(), tokenizer.length() - 2);
        int[] offsets = tokenizer.offsets(prompt);
        List<String> words = new ArrayList<>();
        List<int[]> positions = new ArrayList<>();
        for (Matcher word = Words.in(prompt); word.find(); ) {
            int start = prompt.codePointCount(0, word.start());
            int end = prompt.codePointCount(0, word.end());
            words.add(word.group());
            int[] all = new int[kept];
            int count = 0;
            for (int token = 0; token < kept; token++) {
                if (offsets[token] >= start && offsets[token] < end) {
                    all[count++] = token + 1;
                }
            }
            positions.add(Arrays.copyOf(all, count));
        }
        long[] ids = Arrays.copyOf(tokens.ids(), kept + 2);
        return new PromptTokens(prompt, tokenizer.length(), ids, words, positions);
    }

    /** The positions of all tokens of a word, everywhere it occurs exactly so; none where it does not. */
    public int[] positionsOf(String word) {
        int[] result = new int[0];
        for (int i = 0; i < words.size(); i++) {
            if (words.get(i).equals(word)) {
                int[] more = positions.get(i);
                int size = result.length;
                result = Arrays.copyOf(result, size + more.length);
                System.arraycopy(more, 0, result, size, more.length);
            }
        }
        return result;
    }

    /**
     * @throws IllegalArgumentException if none of the prompts has the word
     */
    static void requireInAny(List<PromptTokens> prompts, String word, String purpose) {
        if (prompts.stream().allMatch(prompt -> prompt.positionsOf(word).length == 0)) {
            throw new IllegalArgumentException("the word '" + word + "' " + purpose + " is not in "
                    + String.join(
                            " or in ",
                            prompts.stream().map(PromptTokens::quoted).toList())
                    + ", as the model reads it; words are what stands between blanks, with their punctuation");
        }
    }

    private String quoted() {
        return "'" + text + "'";
    }
}
