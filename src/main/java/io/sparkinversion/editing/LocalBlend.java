package io.sparkinversion.editing;

import java.io.Serializable;
import java.util.List;

/**
 * Where an edit may change the picture: after each step the targets' latents are the source's again, except where the
 * cross-attention to chosen words, summed over the steps so far, is a large enough share of its maximum (the local
 * blend of prompt-to-prompt's code).
 *
 * @param words of the source's prompt and of the target's: those whose region may change; empty for no blend
 * @param subtractWords likewise: those whose region must not change; empty for none
 * @param start share of the steps before the first blend
 * @param threshold of the words' attention, as a share of its maximum
 * @param subtractThreshold likewise of the subtracted words' attention
 */
public record LocalBlend(
        List<List<String>> words,
        List<List<String>> subtractWords,
        double start,
        double threshold,
        double subtractThreshold)
        implements Serializable {
    /** The whole picture may change. */
    public static final LocalBlend NONE = new LocalBlend(List.of(), List.of(), 0, 0, 0);

    private static final double START = 0.2;
    private static final double THRESHOLD = 0.3;

    /**
     * @throws IllegalArgumentException if there are words to subtract only, or a number is not a share
     */
    public LocalBlend {
        words = words.stream().map(List::copyOf).toList();
        subtractWords = subtractWords.stream().map(List::copyOf).toList();
        if (words.isEmpty() && !subtractWords.isEmpty()) {
            throw new IllegalArgumentException("a local blend that subtracts words needs words to subtract from");
        }
        requireShare("start", start);
        requireShare("threshold", threshold);
        requireShare("threshold of subtracted words", subtractThreshold);
    }

    private static void requireShare(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException("local blend: " + name + " is " + value + ", it must be 0 to 1");
        }
    }

    /** With the authors' start and threshold. */
    public static LocalBlend of(List<List<String>> words) {
        return new LocalBlend(words, List.of(), START, THRESHOLD, THRESHOLD);
    }

    public boolean isNone() {
        return words.isEmpty();
    }

    /**
     * @throws IllegalArgumentException if these do not name words of each prompt
     */
    void requireWordsIn(PromptTokens source, PromptTokens target) {
        requireWordsIn(List.of(source, target), words, "to blend");
        requireWordsIn(List.of(source, target), subtractWords, "to subtract");
    }

    private static void requireWordsIn(List<PromptTokens> prompts, List<List<String>> words, String purpose) {
        if (!words.isEmpty() && words.size() != prompts.size()) {
            throw new IllegalArgumentException("local blend names words " + purpose + " for " + words.size()
                    + " prompts, there are " + prompts.size() + ", the source's included");
        }
        for (int prompt = 0; prompt < words.size(); prompt++) {
            for (String word : words.get(prompt)) {
                PromptTokens.requireInAny(prompts.subList(prompt, prompt + 1), word, purpose);
            }
        }
    }

    boolean subtracts() {
        return !subtractWords.isEmpty();
    }

    /** Whether the result of a step is blended. */
    boolean blends(int step, int steps) {
        return !isNone() && step + 1 > (int) (start * steps);
    }
}
