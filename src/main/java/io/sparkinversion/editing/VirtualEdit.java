package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.editing.Sharing.Unified;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.inversion.BatchRows;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.GuidedBranches;
import io.sparkinversion.inversion.Inversion;
import io.sparkinversion.inversion.VirtualInversion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** InfEdit's virtual inversion: edits are sampled from noise, beside a source that is the image at every step. */
final class VirtualEdit extends EditMethod {
    private final VirtualInversion method;

    VirtualEdit(VirtualInversion method) {
        this.method = method;
    }

    @Override
    public Set<String> sharedKinds() {
        return Set.of();
    }

    @Override
    public Set<String> ownKinds() {
        return Set.of(CLEAN);
    }

    @Override
    public Map<String, NDArray> prepare(NDManager owner, Denoiser unet, Inversion inversion, double guidance) {
        NDArray clean = inversion.trajectory().first();
        return Map.of(CLEAN, unet.combine(owner, clean, 1, clean, 0));
    }

    @Override
    List<Step> steps(EditRun run) {
        return method.sampled(run.steps());
    }

    @Override
    public EditedLatents sample(NDManager owner, EditRun run) {
        List<TargetEdit> targets =
                run.images().stream().flatMap(image -> image.targets().stream()).toList();
        long unified = targets.stream()
                .filter(target -> target.settings().sharing() instanceof Unified)
                .count();
        if (unified == 0) {
            return super.sample(owner, run);
        }
        if (unified != targets.size()) {
            throw new IllegalArgumentException("unified attention control edits all targets of a batch or none");
        }
        return unified(owner, run, ((Unified) targets.get(0).settings().sharing()).settings());
    }

    /** Each target with a source and a mutual branch of its own. */
    private EditedLatents unified(NDManager owner, EditRun run, UnifiedAttention.Settings settings) {
        List<UnifiedAttention.Edit> edits = new ArrayList<>();
        int targets = run.branches() - 1;
        for (ImageEdits image : run.images()) {
            for (TargetEdit target : image.targets()) {
                Unified sharing = (Unified) target.settings().sharing();
                edits.add(new UnifiedAttention.Edit(image.caption(), target.prompt(), sharing.words(), image.size()));
            }
        }
        List<Step> steps = steps(run);
        Denoiser unet = new Denoiser(run.model());
        try (NDManager scope = run.model().newScope()) {
            UnifiedAttention branches = new UnifiedAttention(
                    scope,
                    unet,
                    edits,
                    settings,
                    run.steps().size(),
                    run.steps().size() - steps.size(),
                    method.guidance(),
                    run.guidance());
            NDArray images = run.start(CLEAN);
            VirtualInversion.Run sampled = method.sample(
                    scope,
                    unet,
                    steps,
                    BatchRows.repeat(scope, images, targets),
                    UnifiedAttention.BRANCHES,
                    UnifiedAttention.MUTUAL,
                    (drawn, draw) ->
                            BatchRows.repeat(drawn, run.noise().at(drawn, method.seed(), draw, images), targets),
                    branches);
            // The first edit's source, which is the image, then all edits' targets.
            int[] rows = new int[run.images().size() * run.branches()];
            for (int row = 0; row < rows.length; row++) {
                int image = row / run.branches();
                int branch = row % run.branches();
                int edit = image * targets + Math.max(0, branch - 1);
                rows[row] = edit * UnifiedAttention.BRANCHES + Math.min(branch, 1);
            }
            List<Optional<PixelMask>> regions = branches.lastRegions(steps.get(steps.size() - 1));
            List<List<Optional<PixelMask>>> byImage = new ArrayList<>();
            for (int image = 0; image < run.images().size(); image++) {
                byImage.add(regions.subList(image * targets, (image + 1) * targets));
            }
            int evaluations = Math.toIntExact(unet.evaluations() / edits.size());
            return new EditedLatents(
                    BatchRows.select(owner, sampled.result(), rows), List.copyOf(byImage), 0, evaluations);
        }
    }

    @Override
    Negatives negatives(NDManager owner, EditRun run) {
        return new Negatives(List.of(run.empty(owner)), method.guidance() != 1, run.guidance() != 1);
    }

    @Override
    NDArray latents(NDManager scope, Denoiser unet, PromptToPrompt branches, EditRun run) {
        NDArray image = run.start(CLEAN);
        GuidedBranches guided = branches.guided(run.scales(scope, method.guidance(), run.guidance()));
        List<Step> steps = steps(run);
        NDArray result = method.sample(
                        scope,
                        unet,
                        steps,
                        image,
                        run.branches(),
                        0,
                        (owner, draw) -> run.noise().at(owner, method.seed(), draw, image),
                        guided)
                .result();
        // The result is an estimate made before the last blend, which is made up for.
        return branches.afterStep(scope, result, steps.get(steps.size() - 1));
    }
}
