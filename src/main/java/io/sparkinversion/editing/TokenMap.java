package io.sparkinversion.editing;

import io.sparkinversion.editing.AttentionEdit.Copy;
import io.sparkinversion.editing.AttentionEdit.Refine;
import io.sparkinversion.editing.AttentionEdit.Replace;
import io.sparkinversion.editing.AttentionEdit.Reweight;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where a target prompt's cross-attention comes from: for each of its tokens a sum of the source's attention to its own
 * tokens plus a share of the target's own. Both arrays are for tokens of the text encoder's T positions.
 *
 * @param fromSource {@code [T][T]}, rows the source's tokens, columns the target's
 * @param own {@code [T]}
 */
public record TokenMap(float[][] fromSource, float[] own) {

    /**
     * What an edit makes of the target's attention where it applies in full.
     *
     * @throws IllegalArgumentException if the prompts do not allow it
     */
    public static TokenMap of(AttentionEdit edit, PromptTokens source, PromptTokens target) {
        if (edit instanceof Reweight reweight) {
            return of(reweight.base(), source, target).times(reweight.equaliser(target));
        }
        if (edit instanceof Replace) {
            return replacement(source, target);
        }
        if (edit instanceof Refine) {
            return refinement(source, target);
        }
        return edit instanceof Copy ? copy(target.length()) : keep(target.length());
    }

    /** The target's own attention. */
    public static TokenMap keep(int length) {
        float[] own = new float[length];
        Arrays.fill(own, 1);
        return new TokenMap(new float[length][length], own);
    }

    /** The source's attention, token by token. */
    public static TokenMap copy(int length) {
        float[][] fromSource = new float[length][length];
        for (int i = 0; i < length; i++) {
            fromSource[i][i] = 1;
        }
        return new TokenMap(fromSource, new float[length]);
    }

    /**
     * Word replacement between prompts of equally many words. Between replaced words tokens follow each other in both
     * prompts; a replaced word's tokens go together one by one or, where their numbers differ, all with all. As in the
     * authors' code, what follows the last replaced word takes the source's token at its own position, also where
     * the words before it are longer in one of the prompts.
     *
     * @throws IllegalArgumentException if the numbers of words differ, or a replaced word was cut off
     */
    public static TokenMap replacement(PromptTokens source, PromptTokens target) {
        if (source.words().size() != target.words().size()) {
            throw new IllegalArgumentException("words can be replaced only between prompts of equally many words: '"
                    + source.text() + "' has " + source.words().size() + ", '" + target.text() + "' has "
                    + target.words().size() + "; refine such a prompt instead");
        }
        int length = source.length();
        float[][] map = new float[length][length];
        int i = 0;
        int j = 0;
        for (int word : replacedWords(source, target)) {
            int[] from = source.positions().get(word);
            int[] to = target.positions().get(word);
            for (; i < from[0] && j < length; i++, j++) {
                map[i][j] = 1;
            }
            for (int k = 0; k < from.length; k++) {
                for (int m = 0; m < to.length; m++) {
                    if (from.length != to.length) {
                        map[from[k]][to[m]] = 1f / to.length;
                    } else if (k == m) {
                        map[from[k]][to[m]] = 1;
                    }
                }
            }
            i += from.length;
            j += to.length;
        }
        for (; i < length && j < length; i++, j++) {
            map[j][j] = 1;
        }
        return new TokenMap(map, new float[length]);
    }

    /** Whether {@link #replacement} is to be had. */
    static boolean isReplacement(PromptTokens source, PromptTokens target) {
        return source.words().size() == target.words().size()
                && IntStream.range(0, source.words().size())
                        .allMatch(word ->
                                source.words().get(word).equals(target.words().get(word))
                                        || source.positions().get(word).length > 0
                                                && target.positions().get(word).length > 0);
    }

    private static List<Integer> replacedWords(PromptTokens source, PromptTokens target) {
        List<Integer> replaced = new ArrayList<>();
        for (int word = 0; word < source.words().size(); word++) {
            if (source.words().get(word).equals(target.words().get(word))) {
                continue;
            }
            for (PromptTokens prompt : List.of(source, target)) {
                if (prompt.positions().get(word).length == 0) {
                    throw new IllegalArgumentException(
                            "the word '" + prompt.words().get(word) + "' of '"
                                    + prompt.text() + "' is beyond the " + prompt.length()
                                    + " tokens that the model reads; shorten the prompt");
                }
            }
            replaced.add(word);
        }
        return replaced;
    }

    /** Refinement: aligned tokens take the source's attention, new ones keep their own. */
    public static TokenMap refinement(PromptTokens source, PromptTokens target) {
        int[] sources = refinementSources(source, target);
        float[][] fromSource = new float[sources.length][sources.length];
        float[] own = new float[sources.length];
        for (int token = 0; token < sources.length; token++) {
            if (sources[token] == SequenceAligner.NEW) {
                own[token] = 1;
            } else {
                fromSource[sources[token]][token] = 1;
            }
        }
        return new TokenMap(fromSource, own);
    }

    /** For each of the target's positions the source's, or -1 for a new token; padding stays in place. */
    public static int[] refinementSources(PromptTokens source, PromptTokens target) {
        int[] aligned = SequenceAligner.align(source.ids(), target.ids());
        int[] sources = new int[target.length()];
        for (int token = 0; token < sources.length; token++) {
            sources[token] = token < aligned.length ? aligned[token] : token;
        }
        return sources;
    }

    /** Both shares of each token times its factor. */
    TokenMap times(float[] factors) {
        return new TokenMap(scaled(fromSource, factors), scaled(own, factors));
    }

    /** As much of this as the weights say, the rest from the target's own attention. */
    TokenMap blended(float[] weights) {
        float[] kept = scaled(own, weights);
        for (int token = 0; token < kept.length; token++) {
            kept[token] += 1 - weights[token];
        }
        return new TokenMap(scaled(fromSource, weights), kept);
    }

    private static float[][] scaled(float[][] rows, float[] factors) {
        float[][] result = new float[rows.length][];
        for (int row = 0; row < rows.length; row++) {
            result[row] = scaled(rows[row], factors);
        }
        return result;
    }

    private static float[] scaled(float[] values, float[] factors) {
        float[] result = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = values[i] * factors[i];
        }
        return result;
    }

    /** The matrix row by row. */
    public float[] flat() {
        int length = own.length;
        float[] flat = new float[length * length];
        for (int row = 0; row < length; row++) {
            System.arraycopy(fromSource[row], 0, flat, row * length, length);
        }
        return flat;
    }
}
