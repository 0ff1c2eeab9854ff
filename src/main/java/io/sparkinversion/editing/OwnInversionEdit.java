package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.Inversion;
import io.sparkinversion.inversion.Trajectory;
import io.sparkinversion.inversion.Walk;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A way to edit that starts from an inversion of its own, or from a part of one, instead of the shared inversion. */
final class OwnInversionEdit extends EditMethod {
    private final Walk walk;
    private final EditMethod sampling;

    OwnInversionEdit(Walk walk, EditMethod sampling) {
        this.walk = walk;
        this.sampling = sampling;
    }

    @Override
    public Set<String> sharedKinds() {
        return Set.of();
    }

    @Override
    public Set<String> ownKinds() {
        Set<String> kinds = new HashSet<>(sampling.sharedKinds());
        kinds.addAll(sampling.ownKinds());
        return kinds;
    }

    @Override
    public Map<String, NDArray> prepare(NDManager owner, Denoiser unet, Inversion inversion, double guidance) {
        try (NDManager scope = unet.newScope()) {
            Inversion own = walk.of(scope, unet, inversion);
            Map<String, NDArray> arrays = new HashMap<>(sampling.prepare(owner, unet, own, guidance));
            for (String kind : sampling.sharedKinds()) {
                NDArray array = shared(kind, own.trajectory());
                array.attach(owner);
                arrays.put(kind, array);
            }
            return arrays;
        }
    }

    private static NDArray shared(String kind, Trajectory trajectory) {
        return kind.equals(TERMINAL) ? trajectory.last() : NDArrays.stack(new NDList(trajectory.latents()), 1);
    }

    @Override
    List<Step> steps(EditRun run) {
        return walk.steps(run.steps());
    }

    private EditRun part(EditRun run) {
        return new EditRun(run.model(), steps(run), run.images(), run.start(), run.guidance(), run.noise());
    }

    @Override
    boolean setsSource() {
        return sampling.setsSource();
    }

    @Override
    Negatives negatives(NDManager owner, EditRun run) {
        return sampling.negatives(owner, part(run));
    }

    @Override
    NDArray latents(NDManager scope, Denoiser unet, PromptToPrompt branches, EditRun run) {
        return sampling.latents(scope, unet, branches, part(run));
    }
}
