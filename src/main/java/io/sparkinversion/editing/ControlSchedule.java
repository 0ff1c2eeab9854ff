package io.sparkinversion.editing;

import io.sparkinversion.diffusion.AttentionControl;
import io.sparkinversion.diffusion.ClipTokenizer;
import io.sparkinversion.editing.AttentionEdit.None;
import io.sparkinversion.editing.AttentionEdit.Reweight;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * An edit of certain prompts in a certain number of steps: the attention control of every step.
 *
 * @param prompts the source's, then those of its targets
 * @param maps what the edit makes of each target's attention
 * @param shares by target: how much of that applies, {@code [steps + 1][T]}
 */
record ControlSchedule(
        List<PromptTokens> prompts, EditSettings settings, int steps, List<TokenMap> maps, List<float[][]> shares) {

    /**
     * @throws IllegalArgumentException if the prompts do not allow the edit or lack a word that it names
     */
    static ControlSchedule of(ClipTokenizer tokenizer, List<String> texts, EditSettings settings, int steps) {
        List<PromptTokens> prompts = texts.stream().map(text -> PromptTokens.of(tokenizer, text)).toList();
        List<PromptTokens> targets = prompts.subList(1, prompts.size());
        PromptTokens source = prompts.get(0);
        if (!targets.isEmpty() && !(settings.attention() instanceof None)) {
            settings.crossReplace().requireWordsIn(targets);
            requireWordsIn(settings.attention(), targets);
        }
        return new ControlSchedule(
                prompts,
                settings,
                steps,
                targets.stream().map(target -> TokenMap.of(settings.attention(), source, target)).toList(),
                targets.stream().map(target -> settings.crossReplace().table(steps, target)).toList());
    }

    private static void requireWordsIn(AttentionEdit edit, List<PromptTokens> targets) {
        if (edit instanceof Reweight reweight) {
            reweight.factors().keySet().forEach(word ->
                    PromptTokens.requireInAny(targets, word, "to be reweighted"));
            requireWordsIn(reweight.base(), targets);
        }
    }

    /** The control of a step; empty where every branch attends as ever and nobody asks for the maps. */
    Optional<AttentionControl> at(int step) {
        if (maps.isEmpty()) {
            return Optional.empty();
        }
        boolean edits = !(settings.attention() instanceof None);
        boolean self = edits && settings.selfReplacePixels() > 0 && settings.selfReplace().contains(step, steps);
        boolean cross = edits && shares.stream().anyMatch(share -> any(share[step]));
        if (!self && !cross && settings.localBlend().isNone()) {
            return Optional.empty();
        }
        List<TokenMap> rows = new ArrayList<>(List.of(TokenMap.keep(length())));
        for (int target = 0; target < maps.size(); target++) {
            rows.add(maps.get(target).blended(shares.get(target)[step]));
        }
        return Optional.of(control(rows, self ? settings.selfReplacePixels() : 0));
    }

    /** A control that changes nothing. */
    AttentionControl uncontrolled() {
        return control(Collections.nCopies(prompts.size(), TokenMap.keep(length())), 0);
    }

    private int length() {
        return prompts.get(0).length();
    }

    /** Every branch takes from the first. */
    private static AttentionControl control(List<TokenMap> rows, int selfReplacePixels) {
        return new AttentionControl(
                new int[rows.size()],
                rows.stream().map(TokenMap::flat).toArray(float[][]::new),
                rows.stream().map(TokenMap::own).toArray(float[][]::new),
                selfReplacePixels);
    }

    private static boolean any(float[] shares) {
        for (float share : shares) {
            if (share != 0) {
                return true;
            }
        }
        return false;
    }
}
