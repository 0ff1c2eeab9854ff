package io.sparkinversion.verify;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkinversion.diffusion.ClipTokenizer;
import io.sparkinversion.editing.AttentionEdit;
import io.sparkinversion.editing.AttentionEdit.Reweight;
import io.sparkinversion.editing.PromptTokens;
import io.sparkinversion.editing.TokenMap;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How prompt-to-prompt relates the tokens of two prompts: alignment, word replacement, schedules and word factors.
 *
 * @param tokenizer with CLIP's own vocabulary
 */
record AlignerSuite(ClipTokenizer tokenizer) implements Suite {
    private static final double FACTOR = 2.5;
    private static final double TABLE = 1e-6;
    private static final String PROMPTS_FROM = "refine_mapper";
    private static final String WORDS = ".word_inds_target";

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        Set<String> pairs = new TreeSet<>();
        for (String name : golden.names()) {
            if (name.contains(".")) {
                pairs.add(name.substring(0, name.indexOf('.')));
            }
        }
        for (String pair : pairs) {
            cases.run(() -> requireWords(golden.index().path(pair + WORDS)), pair + WORDS);
            for (String name : golden.names()) {
                if (name.startsWith(pair + ".")) {
                    cases.run(
                            () -> {
                                List<String> prompts = golden.prompts(pair + "." + PROMPTS_FROM, pair + ".", 2);
                                PromptTokens source = PromptTokens.of(tokenizer, prompts.get(0));
                                PromptTokens target = PromptTokens.of(tokenizer, prompts.get(1));
                                verify(golden, name, name.substring(pair.length() + 1), source, target, cases);
                            },
                            name);
                }
            }
        }
    }

    private static void verify(
            GoldenFile golden, String name, String quantity, PromptTokens source, PromptTokens target, Cases cases) {
        if (quantity.equals(PROMPTS_FROM)) {
            int[] sources = TokenMap.refinementSources(source, target);
            float[] values = new float[sources.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = sources[i];
            }
            cases.exact(name, values);
        } else if (quantity.equals("refine_alphas")) {
            // 1 where the attention is the source's alone.
            float[] aligned = TokenMap.refinement(source, target).own();
            for (int i = 0; i < aligned.length; i++) {
                aligned[i] = 1 - aligned[i];
            }
            cases.exact(name, aligned);
        } else if (quantity.equals("replace_mapper")) {
            cases.compare(name, TokenMap.replacement(source, target).flat(), TABLE);
        } else if (quantity.startsWith("cross_alpha")) {
            int steps = golden.parameter(name, "steps").asInt();
            float[][] table = EditParameters.crossReplace(golden.parameter(name, "cross_replace"))
                    .table(steps, target);
            float[] values = new float[table.length * target.length()];
            for (int row = 0; row < table.length; row++) {
                System.arraycopy(table[row], 0, values, row * target.length(), target.length());
            }
            cases.exact(name, values);
        } else if (quantity.equals("equalizer")) {
            String word = golden.parameter(name, "word").asText();
            double factor = golden.parameter(name, "value").asDouble(FACTOR);
            cases.compare(name, new Reweight(new AttentionEdit.Copy(), Map.of(word, factor)).equaliser(target), TABLE);
        }
    }

    /** The positions of words are not in a tensor but in the index alone. */
    private void requireWords(JsonNode words) {
        if (words.isMissingNode()) {
            return;
        }
        PromptTokens prompt = PromptTokens.of(tokenizer, words.path("prompt").asText());
        JsonNode byPosition = words.path("by_position");
        for (int word = 0; word < byPosition.size(); word++) {
            require(prompt, prompt.words().get(word), prompt.positions().get(word), byPosition.path(word));
        }
        for (Map.Entry<String, JsonNode> word : words.path("by_word").properties()) {
            require(prompt, word.getKey(), prompt.positionsOf(word.getKey()), word.getValue());
        }
    }

    private static void require(PromptTokens prompt, String word, int[] actual, JsonNode expected) {
        int[] positions = new int[expected.size()];
        Arrays.setAll(positions, i -> expected.path(i).asInt());
        if (!Arrays.equals(actual, positions)) {
            throw new IllegalStateException("'" + word + "' of '" + prompt.text() + "' is at tokens "
                    + Arrays.toString(actual) + ", expected " + Arrays.toString(positions));
        }
    }
}
