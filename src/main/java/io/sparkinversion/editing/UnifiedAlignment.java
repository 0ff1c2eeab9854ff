package io.sparkinversion.editing;

import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.StableDiffusion;
import java.util.Arrays;
import java.util.List;

/**
 * How InfEdit's unified attention control (Xu et al., arXiv 2312.04965) relates the tokens of two prompts: by the
 * alignment of prompt-to-prompt, and between aligned tokens the new token that is most like one that is gone goes with it.
 *
 * @param sources by position of the target the source's, -1 for a new token
 * @param aligned 1 where the attention is the source's, 0 for a new token
 * @param blended 1 for the tokens whose region may change
 * @param length of the target with its start and end
 */
public record UnifiedAlignment(int[] sources, float[] aligned, float[] blended, int length) {

    /**
     * As in the authors' code, which compares the source's state at the new token's position with the target's at that of
     * the token that is gone.
     *
     * @param local words of the target whose region may change; empty for none
     */
    public static UnifiedAlignment of(StableDiffusion model, String source, String target, String local) {
        PromptTokens x = PromptTokens.of(model.tokenizer(), source);
        PromptTokens y = PromptTokens.of(model.tokenizer(), target);
        long[] words = PromptTokens.of(model.tokenizer(), local).ids();
        int[] sources = TokenMap.refinementSources(x, y);
        float[] aligned = new float[sources.length];
        for (int token = 0; token < aligned.length; token++) {
            aligned[token] = sources[token] == SequenceAligner.NEW ? 0 : 1;
        }
        float[] blended = new float[sources.length];
        float[] states;
        try (NDManager scope = model.newScope()) {
            states = model.embed(scope, List.of(source, target)).toFloatArray();
        }
        int width = states.length / 2 / sources.length;
        int length = y.ids().length;
        for (int i = 0; i < length; i++) {
            int start = i;
            while (i < length && aligned[i] == 0) {
                i++;
            }
            if (i > start) {
                pair(states, width, sources, aligned, blended, start, i, x.ids(), words);
            }
        }
        int i = 1;
        for (int j = 1; j < words.length - 1 && i < length - 1; j++) {
            while (i < length - 1 && words[j] != y.ids()[i]) {
                i++;
            }
            if (i < length - 1) {
                blended[i] = 1;
            }
        }
        return new UnifiedAlignment(sources, aligned, blended, length);
    }

    /** Of the new tokens from {@code start} to {@code end} and those gone in their place the pair that is most alike. */
    private static void pair(
            float[] states,
            int width,
            int[] sources,
            float[] aligned,
            float[] blended,
            int start,
            int end,
            long[] ids,
            long[] words) {
        double best = Double.NEGATIVE_INFINITY;
        int bestSource = -1;
        int bestTarget = -1;
        int to = end < sources.length ? sources[end] : 0;
        for (int target = start; target < end; target++) {
            for (int source = sources[start - 1] + 1; source < to; source++) {
                double cosine = cosine(states, target * width, (sources.length + source) * width, width);
                if (cosine > best) {
                    best = cosine;
                    bestSource = source;
                    bestTarget = target;
                }
            }
        }
        if (bestSource >= 0) {
            sources[bestTarget] = bestSource;
            aligned[bestTarget] = 1;
            long id = ids[bestSource];
            if (Arrays.stream(words).anyMatch(word -> word == id)) {
                blended[bestTarget] = 1;
            }
        }
    }

    private static double cosine(float[] values, int a, int b, int width) {
        double product = 0;
        double squaresOfA = 0;
        double squaresOfB = 0;
        for (int i = 0; i < width; i++) {
            product += (double) values[a + i] * values[b + i];
            squaresOfA += (double) values[a + i] * values[a + i];
            squaresOfB += (double) values[b + i] * values[b + i];
        }
        return product / Math.sqrt(squaresOfA * squaresOfB);
    }

    boolean blends() {
        for (float token : blended) {
            if (token != 0) {
                return true;
            }
        }
        return false;
    }

    TokenMap map() {
        float[][] fromSource = new float[sources.length][sources.length];
        float[] own = new float[sources.length];
        for (int token = 0; token < sources.length; token++) {
            if (aligned[token] == 0) {
                own[token] = 1;
            } else {
                fromSource[sources[token]][token] = 1;
            }
        }
        return new TokenMap(fromSource, own);
    }
}
