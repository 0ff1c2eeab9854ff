package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.DirectInversion;
import io.sparkinversion.inversion.Trajectory;
import java.util.List;
import java.util.Set;

/** Direct inversion: the source branch keeps to the inversion's path, targets are guided against the empty prompt. */
final class DirectEdit extends EditMethod {
    @Override
    public Set<String> sharedKinds() {
        return Set.of(PATH);
    }

    /**
     * The source's guidance has no say: wherever its step leads, it is put back on the path. Its prediction for the
     * caption is computed only where the targets take their attention from it.
     */
    @Override
    Negatives negatives(NDManager owner, EditRun run) {
        return new Negatives(List.of(run.empty(owner)), false, run.guidance() != 1);
    }

    @Override
    boolean setsSource() {
        return true;
    }

    @Override
    NDArray latents(NDManager scope, Denoiser unet, PromptToPrompt branches, EditRun run) {
        Trajectory inversion = run.path(scope);
        NDArray noise = run.toBranches(scope, inversion.last());
        return DirectInversion.sample(scope, unet, branches, run.steps(), inversion, noise, run.guidance())
                .last();
    }
}
