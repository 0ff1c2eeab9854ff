package io.sparkinversion.editing;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the targets' cross-attention becomes while it is edited (prompt-to-prompt, arXiv 2208.01626, section 3.2). */
public sealed interface AttentionEdit extends Serializable {

    /** Stays their own, and self-attention with it: the prompts alone tell the branches apart. */
    record None() implements AttentionEdit {}

    /** The source's, token by token. */
    record Copy() implements AttentionEdit {}

    /** The source's, each word's going to the word that replaced it. */
    record Replace() implements AttentionEdit {}

    /** The source's for the tokens that the prompts have in common, their own for new ones. */
    record Refine() implements AttentionEdit {}

    /**
     * That of another edit, with the attention to some words made stronger or weaker and the rest as it is.
     *
     * @param base what to scale
     * @param factors by word of the targets
     */
    record Reweight(AttentionEdit base, Map<String, Double> factors) implements AttentionEdit {
        /**
         * @throws IllegalArgumentException if nothing is edited that could be scaled
         */
        public Reweight {
            if (base instanceof None) {
                throw new IllegalArgumentException(
                        "words are reweighted in an edit that copies, replaces or refines, not in none");
            }
            factors = Collections.unmodifiableMap(new LinkedHashMap<>(factors));
        }

        /** The factor of each token {@code [T]}. */
        public float[] equaliser(PromptTokens target) {
            float[] equaliser = new float[target.length()];
            Arrays.fill(equaliser, 1);
            factors.forEach((word, factor) -> {
                for (int position : target.positionsOf(word)) {
                    equaliser[position] = factor.floatValue();
                }
            });
            return equaliser;
        }
    }
}
