package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.inversion.Denoiser;
import java.util.List;
import java.util.Set;

/**
 * DDIM sampling from the inverted noise. Guided against the caption it is negative-prompt inversion (arXiv 2305.16807),
 * whose source branch has the caption on both sides and so follows the inversion back; against the empty prompt it is
 * the baseline, whose source branch drifts off.
 */
final class GuidedEdit extends EditMethod {
    private final boolean againstCaption;

    GuidedEdit(boolean againstCaption) {
        this.againstCaption = againstCaption;
    }

    @Override
    public Set<String> sharedKinds() {
        return Set.of(TERMINAL);
    }

    @Override
    Negatives negatives(NDManager owner, EditRun run) {
        boolean guided = run.guidance() != 1;
        return againstCaption
                ? new Negatives(List.of(run.captions(owner)), false, guided)
                : new Negatives(List.of(run.empty(owner)), guided, guided);
    }

    @Override
    NDArray latents(NDManager scope, Denoiser unet, PromptToPrompt branches, EditRun run) {
        NDArray noise = run.toBranches(scope, run.start(TERMINAL));
        return BranchSampling.sample(scope, unet, run.steps(), noise, run.guidance(), branches)
                .last();
    }
}
