package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.inversion.BatchRows;
import io.sparkinversion.inversion.CoupledInversion;
import io.sparkinversion.inversion.CoupledInversion.CoupledSettings.Negative;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.GuidedBranches;
import io.sparkinversion.inversion.Inversion;
import io.sparkinversion.inversion.LatentPair;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * O-BELM and EDICT: sampling from the noise end of the image's exact inversion. The source branch is guided as in that
 * inversion, or it would not come back to the image. The targets are guided as the source is, against the empty prompt,
 * or at the run's scale against the caption, as what they are to change is what it says.
 */
final class CoupledEdit extends EditMethod {
    private final CoupledInversion method;
    private final String kind;

    CoupledEdit(CoupledInversion method, String kind) {
        this.method = method;
        this.kind = kind;
    }

    @Override
    public Set<String> sharedKinds() {
        return Set.of();
    }

    @Override
    public Set<String> ownKinds() {
        return Set.of(kind);
    }

    @Override
    public Map<String, NDArray> prepare(NDManager owner, Denoiser unet, Inversion inversion, double guidance) {
        try (NDManager scope = unet.newScope()) {
            LatentPair noiseEnd = method.invert(scope, unet, inversion);
            NDArray stacked = NDArrays.stack(new NDList(noiseEnd.first(), noiseEnd.second()), 1);
            stacked.attach(owner);
            return Map.of(kind, stacked);
        }
    }

    @Override
    List<Step> steps(EditRun run) {
        return method.steps(new Denoiser(run.model()), run.steps());
    }

    private boolean againstEmpty() {
        return method.settings().negative() == Negative.EMPTY;
    }

    @Override
    Negatives negatives(NDManager owner, EditRun run) {
        boolean ofSources = method.guidance() != 1;
        if (againstEmpty()) {
            return new Negatives(List.of(run.empty(owner)), ofSources, ofSources);
        }
        boolean ofTargets = run.guidance() != 1;
        NDArray captions = run.captions(owner);
        if (!ofSources) {
            return new Negatives(List.of(captions), false, ofTargets);
        }
        NDArray empty = run.empty(owner);
        NDList rows = new NDList();
        for (int image = 0; image < run.images().size(); image++) {
            rows.add(empty);
            NDArray caption = BatchRows.slice(owner, captions, image, image + 1L);
            rows.addAll(Collections.nCopies(run.branches() - 1, caption));
        }
        NDArray ofBranches = NDArrays.concat(rows, 0);
        ofBranches.attach(owner);
        return new Negatives(List.of(ofBranches), true, ofTargets);
    }

    @Override
    NDArray latents(NDManager scope, Denoiser unet, PromptToPrompt branches, EditRun run) {
        NDArray stored = run.start(kind);
        LatentPair noiseEnd = new LatentPair(
                run.toBranches(scope, run.element(scope, stored, 0)),
                run.toBranches(scope, run.element(scope, stored, 1)));
        double ofTargets = againstEmpty() ? method.guidance() : run.guidance();
        GuidedBranches guided = branches.guided(run.scales(scope, method.guidance(), ofTargets));
        return method.sample(scope, unet, guided, steps(run), noiseEnd).last();
    }
}
