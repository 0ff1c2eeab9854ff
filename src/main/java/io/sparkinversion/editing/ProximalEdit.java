package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.ProximalNegativePromptInversion;
import io.sparkinversion.inversion.Trajectory;
import java.util.List;
import java.util.Set;

/** Negative-prompt inversion with proximal guidance. */
final class ProximalEdit extends EditMethod {
    private final ProximalNegativePromptInversion method;

    ProximalEdit(ProximalNegativePromptInversion method) {
        this.method = method;
    }

    @Override
    public Set<String> sharedKinds() {
        return Set.of(method.pulls() ? PATH : TERMINAL);
    }

    /** The targets' even at scale 1, where a shrunken difference of predictions is still no plain prediction. */
    @Override
    Negatives negatives(NDManager owner, EditRun run) {
        return new Negatives(List.of(run.captions(owner)), false, true);
    }

    @Override
    NDArray latents(NDManager scope, Denoiser unet, PromptToPrompt branches, EditRun run) {
        Trajectory inversion = method.pulls() ? run.path(scope) : new Trajectory(List.of(run.start(TERMINAL)));
        NDArray noise = run.toBranches(scope, inversion.last());
        return method.sample(scope, unet, branches, run.steps(), inversion, noise, run.guidance())
                .last();
    }
}
