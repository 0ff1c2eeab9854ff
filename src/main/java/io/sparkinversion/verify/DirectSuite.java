package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.inversion.Branches;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.DirectInversion;
import io.sparkinversion.inversion.PlainBranches;
import io.sparkinversion.inversion.Trajectory;
import io.sparkinversion.verify.GoldenFile.Golden;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Direct inversion along the reference's own inversion: the tensors {@code direct_*} of an {@code inv} file.
 *
 * @param controllers make the branches of edits that the golden ran with attention control
 */
record DirectSuite(ModelUnderTest model, Controllers controllers) implements Suite {
    static final String NO_CONTROLLER = "its attention controller is not built";

    private static final String PREFIX = "direct_";
    private static final String OFFSETS = PREFIX + "noise_loss";
    private static final String TRAJECTORY = "ddim_traj";
    private static final double LATENT = 1e-3;
    private static final double SOURCE_BRANCH = 1e-5;
    private static final double GUIDANCE = 7.5;

    /** Makes controlled branches for an edit. */
    @FunctionalInterface
    interface Controllers {
        /** None at all. */
        Controllers NONE = (owner, unet, prompts, golden, tensor) -> Optional.empty();

        /**
         * @param owner owns what is prepared for all steps
         * @param tensor the golden, whose parameters in the index say which control it wants
         * @return empty where there is no such control
         */
        Optional<Branches> of(NDManager owner, Denoiser unet, Prompts prompts, GoldenFile golden, String tensor);
    }

    /**
     * What an edit is prompted with, the source first.
     *
     * @param texts the branches' prompts
     * @param negative one for each branch
     * @param positive the texts' conditioning
     */
    record Prompts(List<String> texts, Conditioning negative, Conditioning positive) {}

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        if (golden.names().stream().noneMatch(name -> name.startsWith(PREFIX))) {
            return;
        }
        NDManager scope = model.scope();
        Golden expected = golden.read(TRAJECTORY);
        List<NDArray> latents = new ArrayList<>();
        for (int level = 0; level < expected.shape()[0]; level++) {
            latents.add(model.array(expected.rows(level, level + 1)));
        }
        Trajectory source = new Trajectory(latents);
        List<Step> steps = model.model().schedule().steps(latents.size() - 1);
        Denoiser unet = new Denoiser(model.model());
        for (String name : golden.names()) {
            if (!name.startsWith(PREFIX)) {
                continue;
            }
            Prompts prompts = prompts(golden.prompts(name));
            int count = prompts.texts().size();
            double guidance = golden.parameter(name, "guidance_scale").asDouble(GUIDANCE);
            if (name.equals(OFFSETS)) {
                Branches plain = PlainBranches.of(scope, unet, prompts.negative(), prompts.positive());
                List<NDArray> offsets =
                        DirectInversion.offsets(scope, unet, plain, count, steps, source, guidance);
                cases.compare(name, ModelUnderTest.values(offsets), LATENT);
                continue;
            }
            Optional<Branches> branches = branches(unet, prompts, golden, name);
            if (branches.isEmpty()) {
                cases.notSupported(name, NO_CONTROLLER);
                continue;
            }
            NDArray noise = source.last().repeat(0, count);
            Trajectory edit =
                    DirectInversion.sample(scope, unet, branches.get(), steps, source, noise, guidance);
            cases.compare(name, ModelUnderTest.values(edit.latents().subList(1, steps.size() + 1)), LATENT);
            cases.compare(TRAJECTORY, " source branch of " + name, sourceBranch(edit), SOURCE_BRANCH);
        }
    }

    private Prompts prompts(List<String> texts) {
        StableDiffusion diffusion = model.model();
        List<String> empty = texts.stream().map(text -> "").toList();
        return new Prompts(
                texts, diffusion.condition(model.scope(), empty), diffusion.condition(model.scope(), texts));
    }

    private Optional<Branches> branches(Denoiser unet, Prompts prompts, GoldenFile golden, String name) {
        boolean controlled = !golden.parameter(name, "cross_replace").isMissingNode()
                || !golden.parameter(name, "self_replace").isMissingNode();
        return controlled
                ? controllers.of(model.scope(), unet, prompts, golden, name)
                : Optional.of(PlainBranches.of(model.scope(), unet, prompts.negative(), prompts.positive()));
    }

    /** The first branch from the image to the noise, as a trajectory is stored. */
    private static float[] sourceBranch(Trajectory edit) {
        List<NDArray> rows = edit.latents().stream().map(latents -> latents.get("0:1")).collect(Collectors.toList());
        Collections.reverse(rows);
        return ModelUnderTest.values(rows);
    }
}
