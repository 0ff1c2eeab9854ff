package io.sparkinversion.editing;

import io.sparkinversion.diffusion.ClipTokenizer;
import io.sparkinversion.editing.AttentionEdit.Copy;
import io.sparkinversion.editing.AttentionEdit.Refine;
import io.sparkinversion.editing.AttentionEdit.Replace;
import io.sparkinversion.editing.AttentionEdit.Reweight;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a job edits, whatever the prompts.
 *
 * @param attention what the edits take from the image's attention
 * @param crossReplace share of the steps in which cross-attention is the image's, 0 to 1
 * @param selfReplace likewise of self-attention
 * @param reweight factors of words, for the edits whose prompt has them; a prompt's own come before these
 * @param localBlend whose words bound the region that may change; without control of attention nothing does
 * @param blendStart share of the steps before the first blend, 0 to 1
 * @param blendThreshold of a region's attention as a share of its maximum, 0 to 1
 * @param blendedFactor of the attention to the words of the edit prompt that the dataset names, where the edit is confined
 *     to their region; 1 for none
 * @param sharing what else the edits take from the image; without control of attention to the text
 */
public record EditOptions(
        Attention attention,
        double crossReplace,
        double selfReplace,
        Map<String, Double> reweight,
        Blend localBlend,
        double blendStart,
        double blendThreshold,
        double blendedFactor,
        Sharing sharing)
        implements Serializable {

    /** Prompt-to-prompt and no more. */
    public EditOptions(
            Attention attention,
            double crossReplace,
            double selfReplace,
            Map<String, Double> reweight,
            Blend localBlend,
            double blendStart,
            double blendThreshold) {
        this(
                attention,
                crossReplace,
                selfReplace,
                reweight,
                localBlend,
                blendStart,
                blendThreshold,
                1,
                new Sharing.None());
    }

    /** No control of attention to the text, but something else that is taken from the image. */
    public static EditOptions sharing(Sharing sharing) {
        return new EditOptions(Attention.NONE, 0, 0, Map.of(), Blend.NONE, 0, 0, 1, sharing);
    }

    /**
     * Prompt-to-prompt as PIE-Bench runs it (Ju et al., arXiv 2310.01506): always refined; confined to the region of the
     * words that an entry names, and the attention to the word of the edit prompt doubled, only where it names some.
     */
    public static final EditOptions PIE_BENCH =
            new EditOptions(Attention.REFINE, 0.4, 0.6, Map.of(), Blend.WORDS, 0.2, 0.3, 2, new Sharing.None());

    /** How attention is taken over. */
    public enum Attention {
        /** Replaced where both prompts have equally many words, else refined. */
        AUTO,
        /** Each word's goes to the word in its place. */
        REPLACE,
        /** Words that the prompts share take the image's, new ones have their own. */
        REFINE,
        /** Not at all: a plain swap of the prompt, whatever the other options and the prompt's factors say. */
        NONE
    }

    /** Whose words bound the region that may change. */
    public enum Blend {
        /** Nobody's: all of the picture may change. */
        NONE,
        /**
         * The dataset's, where it names words that the prompts have, else those in which the prompts differ. Where
         * nothing of the edit prompt is new, all of the picture may change.
         */
        AUTO,
        /** The dataset's; where it names none, all of the picture may change. */
        WORDS
    }

    /** The edit prompt in the caption's place, and nothing more. */
    public static final EditOptions PROMPT_SWAP = new EditOptions(Attention.NONE, 0, 0, Map.of(), Blend.NONE, 0, 0);

    /** All of it on one line, in the words of the command line: equal texts are equal options. */
    public String text() {
        if (attention == Attention.NONE) {
            return sharing instanceof Sharing.None ? "attention none" : "attention none, shared " + sharing;
        }
        StringBuilder text = new StringBuilder("attention " + label(attention) + ", cross-replace " + crossReplace
                + ", self-replace " + selfReplace + ", local-blend " + label(localBlend));
        if (localBlend != Blend.NONE) {
            text.append(", blend-start ")
                    .append(blendStart)
                    .append(", blend-threshold ")
                    .append(blendThreshold);
        }
        if (blendedFactor != 1) {
            text.append(", blended words x ").append(blendedFactor);
        }
        new TreeMap<>(reweight)
                .forEach((word, factor) ->
                        text.append(", reweight ").append(word).append(':').append(factor));
        return text.toString();
    }

    private static String label(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /**
     * @throws IllegalArgumentException if a share is not 0 to 1 or a factor not finite
     */
    public EditOptions {
        requireShare("cross-replace", crossReplace);
        requireShare("self-replace", selfReplace);
        requireShare("blend-start", blendStart);
        requireShare("blend-threshold", blendThreshold);
        if (!Double.isFinite(blendedFactor)) {
            throw new IllegalArgumentException(
                    "the factor of blended words is " + blendedFactor + ", it must be a finite number");
        }
        reweight = Collections.unmodifiableMap(new LinkedHashMap<>(reweight));
        reweight.forEach((word, factor) -> {
            if (!Double.isFinite(factor)) {
                throw new IllegalArgumentException(
                        "reweight: the factor of '" + word + "' is " + factor + ", it must be a finite number");
            }
        });
    }

    private static void requireShare(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(name + " is " + value + ", it must be 0 to 1");
        }
    }

    /**
     * An image's edit. Of a word that is asked for, other case and punctuation around it do not matter.
     *
     * @throws IllegalArgumentException if the prompts do not allow the edit, or lack a word that it names; the message
     *     says which
     */
    public TargetEdit plan(ClipTokenizer tokenizer, String caption, EditPrompt edit) {
        WeightedPrompt weighted = WeightedPrompt.parse(edit.text());
        if (attention == Attention.NONE) {
            Sharing chosen = sharing instanceof Sharing.Unified unified
                    ? unified.withWords(String.join(" ", edit.targetWords()))
                    : sharing;
            return new TargetEdit(weighted.text(), EditSettings.NONE.withSharing(chosen));
        }
        PromptTokens source = PromptTokens.of(tokenizer, caption);
        PromptTokens target = PromptTokens.of(tokenizer, weighted.text());
        Map<String, Double> factors = factors(target, weighted);
        if (blendedFactor != 1) {
            found(target, edit.targetWords()).forEach(word -> factors.put(word, blendedFactor));
        }
        AttentionEdit base = base(source, target);
        EditSettings settings = EditSettings.of(
                        factors.isEmpty() ? base : new Reweight(base, factors), crossReplace, selfReplace)
                .withLocalBlend(blend(source, target, edit));
        // Whatever the prompts do not allow is to be said of this edit, not of the batch that it is sampled in.
        TargetSchedule.of(source, target, settings, 1);
        return new TargetEdit(weighted.text(), settings);
    }

    private AttentionEdit base(PromptTokens source, PromptTokens target) {
        return switch (attention) {
            case NONE -> new AttentionEdit.None();
            case REPLACE -> new Replace();
            case REFINE -> new Refine();
            case AUTO -> {
                if (source.words().equals(target.words())) {
                    yield new Copy();
                }
                yield TokenMap.isReplacement(source, target) ? new Replace() : new Refine();
            }
        };
    }

    private Map<String, Double> factors(PromptTokens target, WeightedPrompt weighted) {
        Map<String, Double> factors = new LinkedHashMap<>();
        reweight.forEach(
                (word, factor) -> Words.matching(readable(target), word).forEach(found -> factors.put(found, factor)));
        factors.putAll(weighted.factors());
        return factors;
    }

    private LocalBlend blend(PromptTokens source, PromptTokens target, EditPrompt edit) {
        boolean named = !edit.sourceWords().isEmpty() || !edit.targetWords().isEmpty();
        if (localBlend == Blend.NONE || localBlend == Blend.WORDS && !named) {
            return LocalBlend.NONE;
        }
        boolean there = has(source, edit.sourceWords()) && has(target, edit.targetWords());
        if (named && (there || localBlend == Blend.WORDS)) {
            return blend(List.of(found(source, edit.sourceWords()), found(target, edit.targetWords())));
        }
        WordDifference difference = WordDifference.between(source.text(), target.text());
        List<String> added = new ArrayList<>(difference.added());
        added.retainAll(readable(target));
        List<String> removed = new ArrayList<>(difference.removed());
        removed.retainAll(readable(source));
        return added.isEmpty() ? LocalBlend.NONE : blend(List.of(removed, added));
    }

    private LocalBlend blend(List<List<String>> words) {
        return new LocalBlend(words, List.of(), blendStart, blendThreshold, blendThreshold);
    }

    private static boolean has(PromptTokens prompt, List<String> words) {
        return words.stream()
                .noneMatch(word -> Words.matching(readable(prompt), word).isEmpty());
    }

    private static List<String> found(PromptTokens prompt, List<String> words) {
        List<String> found = new ArrayList<>();
        for (String word : words) {
            List<String> matching = Words.matching(readable(prompt), word);
            // A word that is not there stays in the list, to be refused where all such are.
            found.addAll(matching.isEmpty() ? List.of(word) : matching);
        }
        return found;
    }

    /** The words that were not cut off. */
    private static List<String> readable(PromptTokens prompt) {
        return prompt.words().stream()
                .filter(word -> prompt.positionsOf(word).length > 0)
                .toList();
    }
}
