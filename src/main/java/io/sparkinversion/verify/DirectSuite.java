package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.inversion.Branches;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.DirectInversion;
import io.sparkinversion.inversion.PlainBranches;
import io.sparkinversion.inversion.Trajectory;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;

/** Direct inversion along the reference's own inversion: the tensors {@code direct_*} of an {@code inv} file. */
record DirectSuite(Source source) implements Suite {
    static final String PREFIX = "direct_";

    private static final double LATENT = 1e-3;
    private static final String LATENTS = ".latents";
    private static final Pattern OFFSETS = Pattern.compile(PREFIX + ".*(noise_loss|offset).*");
    /** What is compared with the latents that it belongs to. */
    private static final Pattern OF_AN_EDIT = Pattern.compile(".*([._]masks|\\.images?)");

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        for (String name : golden.names()) {
            if (OFFSETS.matcher(name).matches()) {
                cases.run(() -> offsets(source, golden, name, cases), name);
            } else if (name.startsWith(PREFIX) && !OF_AN_EDIT.matcher(name).matches()) {
                edit(golden, name, cases);
            }
        }
    }

    /** @param name of the latents */
    void edit(GoldenFile golden, String name, Cases cases) {
        String edit = name.endsWith(LATENTS) ? name.substring(0, name.length() - LATENTS.length()) : name;
        new EditCase(source, golden, cases, name, edit).verify();
    }

    /** Every branch by itself, so a golden of the first ones only has those of fewer prompts. */
    static void offsets(Source source, GoldenFile golden, String name, Cases cases) {
        int count = EditCase.branches(golden, name);
        List<String> prompts = EditCase.prompts(source, golden, name, PREFIX, count);
        Trajectory inversion = source.trajectory(golden);
        List<Step> steps =
                source.model().model().schedule().steps(inversion.latents().size() - 1);
        NDManager scope = source.model().scope();
        Denoiser unet = new Denoiser(source.model().model());
        Branches plain = PlainBranches.of(
                scope,
                unet,
                source.model().model().condition(scope, Collections.nCopies(count, "")),
                source.model().model().condition(scope, prompts.subList(0, count)));
        List<NDArray> offsets =
                DirectInversion.offsets(scope, unet, plain, count, steps, inversion, golden.guidance(name));
        cases.compare(name, ModelUnderTest.values(offsets), LATENT);
    }
}
