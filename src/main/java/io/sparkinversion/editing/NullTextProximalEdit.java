package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.Inversion;
import io.sparkinversion.inversion.ProximalNegativePromptInversion.OfNullText;
import io.sparkinversion.inversion.Trajectory;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Proximal guidance of the edits against the null text that was optimised for the image. */
final class NullTextProximalEdit extends EditMethod {
    private final OfNullText method;
    private final NullTextEdit nullText;

    NullTextProximalEdit(OfNullText method) {
        this.method = method;
        this.nullText = new NullTextEdit(method.nullText());
    }

    @Override
    public Set<String> sharedKinds() {
        return Set.of(method.proximal().pulls() ? PATH : TERMINAL);
    }

    @Override
    public Set<String> ownKinds() {
        return nullText.ownKinds();
    }

    @Override
    public Map<String, NDArray> prepare(NDManager owner, Denoiser unet, Inversion inversion, double guidance) {
        return nullText.prepare(owner, unet, inversion, guidance);
    }

    /** The targets' even at scale 1, where a shrunken difference of predictions is still no plain prediction. */
    @Override
    Negatives negatives(NDManager owner, EditRun run) {
        Negatives plain = nullText.negatives(owner, run);
        return new Negatives(plain.embeddings(), plain.ofSources(), true);
    }

    @Override
    NDArray latents(NDManager scope, Denoiser unet, PromptToPrompt branches, EditRun run) {
        boolean pulls = method.proximal().pulls();
        Trajectory inversion = pulls ? run.path(scope) : new Trajectory(List.of(run.start(TERMINAL)));
        NDArray noise = run.toBranches(scope, inversion.last());
        return method.proximal()
                .sample(scope, unet, branches, run.steps(), inversion, noise, run.guidance(), true)
                .last();
    }
}
