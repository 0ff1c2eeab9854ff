package io.sparkinversion.editing;

import java.io.Serializable;
import java.util.List;

/**
 * An edit as a dataset asks for it.
 *
 * @param text the target prompt; a word may be written {@code (word:1.5)} to have its attention scaled
 * @param sourceWords words of the caption whose region may change; empty where the dataset names none
 * @param targetWords likewise of the target prompt
 */
public record EditPrompt(String text, List<String> sourceWords, List<String> targetWords) implements Serializable {
    public EditPrompt {
        sourceWords = List.copyOf(sourceWords);
        targetWords = List.copyOf(targetWords);
    }

    /** Without words of its own. */
    public EditPrompt(String text) {
        this(text, List.of(), List.of());
    }
}
