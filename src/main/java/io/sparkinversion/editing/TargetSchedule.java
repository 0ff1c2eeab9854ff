package io.sparkinversion.editing;

import io.sparkinversion.diffusion.ClipTokenizer;
import io.sparkinversion.editing.AttentionEdit.None;
import io.sparkinversion.editing.AttentionEdit.Reweight;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One edit in a certain number of steps: what becomes of its branch's attention in each.
 *
 * @param map what the edit makes of the attention where it applies in full
 * @param shares how much of that applies, {@code [steps + 1][T]}
 */
record TargetSchedule(
        PromptTokens source, PromptTokens target, EditSettings settings, int steps, TokenMap map, float[][] shares) {

    /**
     * @throws IllegalArgumentException if the prompts do not allow the edit or lack a word that it names
     */
    static TargetSchedule of(ClipTokenizer tokenizer, String caption, TargetEdit edit, int steps) {
        PromptTokens target = PromptTokens.of(tokenizer, edit.prompt());
        return of(PromptTokens.of(tokenizer, caption), target, edit.settings(), steps);
    }

    static TargetSchedule of(PromptTokens source, PromptTokens target, EditSettings settings, int steps) {
        if (!(settings.attention() instanceof None)) {
            settings.crossReplace().requireWordsIn(List.of(target));
            requireWordsIn(settings.attention(), target);
        }
        settings.localBlend().requireWordsIn(source, target);
        TokenMap map = TokenMap.of(settings.attention(), source, target);
        return new TargetSchedule(
                source, target, settings, steps, map, settings.crossReplace().table(steps, target));
    }

    private static void requireWordsIn(AttentionEdit edit, PromptTokens target) {
        if (edit instanceof Reweight reweight) {
            reweight.factors()
                    .keySet()
                    .forEach(word -> PromptTokens.requireInAny(List.of(target), word, "to be reweighted"));
            requireWordsIn(reweight.base(), target);
        }
    }

    private boolean edits() {
        return !(settings.attention() instanceof None);
    }

    /** Self-attention maps over at most this many pixels are the source's in a step. */
    int selfReplacePixels(int step) {
        return edits() && settings.selfReplace().contains(step, steps) ? settings.selfReplacePixels() : 0;
    }

    /** Whether a step's attention is not simply the target's own. */
    boolean controls(int step) {
        return settings.sharing().shares(step, steps)
                || selfReplacePixels(step) > 0
                || edits() && IntStream.range(0, shares[step].length).anyMatch(token -> shares[step][token] != 0);
    }

    /** Whether it is so in some step. */
    boolean controls() {
        return IntStream.range(0, steps).anyMatch(this::controls);
    }

    /** Whether anything but attention to the text is ever shared. */
    boolean sharesMore() {
        return !(settings.sharing() instanceof Sharing.None);
    }

    /** Whether cross-attention is gathered to find the region that the edit may change. */
    boolean blends() {
        return !settings.localBlend().isNone();
    }

    TokenMap at(int step) {
        return map.blended(shares[step]);
    }
}
