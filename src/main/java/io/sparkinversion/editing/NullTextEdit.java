package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.Inversion;
import io.sparkinversion.inversion.NullTextInversion;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** DDIM sampling with all branches guided against the null text that was optimised for the image, step by step. */
final class NullTextEdit extends EditMethod {
    private final NullTextInversion method;

    NullTextEdit(NullTextInversion method) {
        this.method = method;
    }

    @Override
    public Set<String> sharedKinds() {
        return Set.of(TERMINAL);
    }

    @Override
    public Set<String> ownKinds() {
        return Set.of(NULL_TEXT);
    }

    @Override
    public Map<String, NDArray> prepare(NDManager owner, Denoiser unet, Inversion inversion, double guidance) {
        try (NDManager scope = unet.newScope()) {
            List<NDArray> embeddings = method.reconstruct(scope, unet, inversion, guidance)
                    .nullText()
                    .orElseThrow()
                    .embeddings();
            NDArray stacked = NDArrays.stack(new NDList(embeddings), 1);
            stacked.attach(owner);
            return Map.of(NULL_TEXT, stacked);
        }
    }

    @Override
    Negatives negatives(NDManager owner, EditRun run) {
        NDArray nullText = run.start(NULL_TEXT);
        boolean guided = run.guidance() != 1;
        List<NDArray> ofSteps = IntStream.range(0, (int) nullText.getShape().get(1))
                .mapToObj(step -> run.element(owner, nullText, step))
                .toList();
        return new Negatives(ofSteps, guided, guided);
    }

    @Override
    NDArray latents(NDManager scope, Denoiser unet, PromptToPrompt branches, EditRun run) {
        NDArray noise = run.toBranches(scope, run.start(TERMINAL));
        return BranchSampling.sample(scope, unet, run.steps(), noise, run.guidance(), branches)
                .last();
    }
}
