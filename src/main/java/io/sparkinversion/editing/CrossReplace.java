package io.sparkinversion.editing;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * When the targets' cross-attention is edited.
 *
 * @param byDefault for all tokens
 * @param words for the tokens of single words of the targets, instead
 */
public record CrossReplace(Window byDefault, Map<String, Window> words) implements Serializable {

    public CrossReplace {
        words = Collections.unmodifiableMap(new LinkedHashMap<>(words));
    }

    /** During the first steps, for all tokens. */
    public static CrossReplace until(double end) {
        return new CrossReplace(Window.until(end), Map.of());
    }

    /**
     * The share of the edit by step and token: 1 inside the windows, 0 outside. As in the authors' code the windows are
     * shares of one row more than there are steps.
     *
     * @return {@code [steps + 1][T]}; the last row belongs to no step
     */
    public float[][] table(int steps, PromptTokens target) {
        int rows = steps + 1;
        float[][] table = new float[rows][target.length()];
        for (int row = 0; row < rows; row++) {
            Arrays.fill(table[row], byDefault.contains(row, rows) ? 1 : 0);
        }
        words.forEach((word, window) -> {
            for (int position : target.positionsOf(word)) {
                for (int row = 0; row < rows; row++) {
                    table[row][position] = window.contains(row, rows) ? 1 : 0;
                }
            }
        });
        return table;
    }

    /**
     * @throws IllegalArgumentException if a word is in no target
     */
    void requireWordsIn(List<PromptTokens> targets) {
        words.keySet().forEach(word -> PromptTokens.requireInAny(targets, word, "with steps of its own"));
    }
}
