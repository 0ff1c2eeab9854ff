package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.EditFriendlyInversion;
import io.sparkinversion.inversion.EditFriendlyInversion.Extracted;
import io.sparkinversion.inversion.GuidedBranches;
import io.sparkinversion.inversion.Inversion;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Edit-friendly DDPM inversion: all branches are sampled with the image's noise maps, the source at the method's own
 * guidance and the targets at the run's, against the empty prompt. As in PnPInversion's code the windows of attention
 * control are shares of all steps but counted from the first that is sampled, so that a skipped part delays their end.
 */
final class EditFriendlyEdit extends EditMethod {
    private final EditFriendlyInversion method;

    EditFriendlyEdit(EditFriendlyInversion method) {
        this.method = method;
    }

    @Override
    public Set<String> sharedKinds() {
        return Set.of();
    }

    @Override
    public Set<String> ownKinds() {
        return Set.of(TERMINAL, NOISE_MAPS);
    }

    @Override
    public Map<String, NDArray> prepare(NDManager owner, Denoiser unet, Inversion inversion, double guidance) {
        int steps = method.sampled(inversion.steps()).size();
        try (NDManager scope = unet.newScope()) {
            Extracted extracted = method.extract(scope, unet, inversion);
            NDArray start = extracted.latents().get(steps);
            NDArray maps = NDArrays.stack(new NDList(extracted.maps().subList(0, steps)), 1);
            start.attach(owner);
            maps.attach(owner);
            return Map.of(TERMINAL, start, NOISE_MAPS, maps);
        }
    }

    @Override
    List<Step> steps(EditRun run) {
        return method.sampled(run.steps());
    }

    @Override
    int controlSteps(EditRun run) {
        return run.steps().size();
    }

    @Override
    Negatives negatives(NDManager owner, EditRun run) {
        return new Negatives(List.of(run.empty(owner)), method.guidance() != 1, run.guidance() != 1);
    }

    @Override
    NDArray latents(NDManager scope, Denoiser unet, PromptToPrompt branches, EditRun run) {
        List<Step> steps = steps(run);
        NDArray stored = run.start(NOISE_MAPS);
        List<NDArray> maps = IntStream.range(0, steps.size())
                .mapToObj(level -> run.toBranches(scope, run.element(scope, stored, level)))
                .toList();
        NDArray start = run.toBranches(scope, run.start(TERMINAL));
        GuidedBranches guided = branches.guided(run.scales(scope, method.guidance(), run.guidance()));
        return method.sample(scope, unet, steps, start, maps, guided).last();
    }
}
