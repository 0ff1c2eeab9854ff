package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.editing.EditSettings;
import io.sparkinversion.editing.ImageEdits;
import io.sparkinversion.editing.Negatives;
import io.sparkinversion.editing.PromptToPrompt;
import io.sparkinversion.inversion.Branches;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.PlainBranches;
import io.sparkinversion.inversion.ProximalGuidance;
import io.sparkinversion.inversion.ProximalGuidance.Prox;
import io.sparkinversion.inversion.ProximalNegativePromptInversion;
import io.sparkinversion.inversion.ProximalNegativePromptInversion.Guide;
import io.sparkinversion.inversion.Trajectory;
import io.sparkinversion.verify.GoldenFile.Golden;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * Negative-prompt inversion with proximal guidance: edits by a source and a target prompt, along the inversion that the
 * file gives.
 */
record ProximalSuite(ModelUnderTest model) implements Suite {
    private static final String ENDING = ".latents";
    private static final String NOISE = "xT";
    private static final String IMAGE = "image_enc";
    private static final String LEVELS = "x_stars";
    private static final double LATENT = 1e-3;

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        cases.input(NOISE, IMAGE, LEVELS);
        for (String name : golden.names()) {
            if (name.endsWith(ENDING)) {
                cases.run(() -> edit(golden, name, cases), name);
            }
        }
    }

    private void edit(GoldenFile golden, String name, Cases cases) {
        NDManager scope = model.scope();
        Denoiser unet = new Denoiser(model.model());
        int count = EditCase.branches(golden, name);
        List<String> prompts = golden.prompts(name, "", count);
        Trajectory source = source(golden);
        List<Step> steps = model.model().schedule().steps(source.latents().size() - 1);
        ProximalNegativePromptInversion method = method(golden, name);
        Branches branches = branches(golden, name, prompts, unet, steps.size());
        Following following = new Following(branches, method.proximal(), golden.read(name));
        NDArray noise = golden.has(NOISE) ? model.array(golden.read(NOISE)) : source.last();
        method.sample(scope, unet, following, steps, source, noise.repeat(0, prompts.size()), golden.guidance(name));
        following.compare(name, cases);
    }

    private Trajectory source(GoldenFile golden) {
        Golden levels = golden.read(LEVELS);
        List<NDArray> latents = new ArrayList<>();
        for (int level = 0; level < levels.shape()[0]; level++) {
            boolean image = level == 0 && golden.has(IMAGE);
            latents.add(model.array(image ? golden.read(IMAGE) : levels.rows(level, level + 1)));
        }
        return new Trajectory(latents);
    }

    /** The source prompt is every branch's negative prompt. */
    private Branches branches(GoldenFile golden, String name, List<String> prompts, Denoiser unet, int steps) {
        NDManager scope = model.scope();
        String edit = name.substring(0, name.length() - ENDING.length());
        ImageEdits edits = EditParameters.edits(golden, name, edit, prompts);
        if (edits.targets().stream().allMatch(target -> target.settings().equals(EditSettings.NONE))) {
            List<String> sources = Collections.nCopies(prompts.size(), prompts.get(0));
            return PlainBranches.of(
                    scope,
                    unet,
                    model.model().condition(scope, sources),
                    model.model().condition(scope, prompts));
        }
        NDArray source = model.model().embed(scope, prompts.subList(0, 1));
        return PromptToPrompt.of(scope, unet, List.of(edits), Negatives.of(List.of(source)), steps);
    }

    private static ProximalNegativePromptInversion method(GoldenFile golden, String name) {
        String prox = golden.parameter(name, "prox").asText("l0").toUpperCase(Locale.ROOT);
        ProximalGuidance proximal = new ProximalGuidance(
                Prox.valueOf(prox),
                golden.parameter(name, "quantile").asDouble(0.7),
                golden.parameter(name, "dilate_mask").asInt(1));
        int timestep = golden.parameter(name, "recon_t").asInt(400);
        return new ProximalNegativePromptInversion(
                proximal,
                guide(golden.parameter(name, "recon_guidance"), golden.parameter(name, "inversion_guidance"), timestep),
                golden.parameter(name, "recon_lr").asDouble(0.1),
                timestep);
    }

    private static Guide guide(JsonNode reconstruction, JsonNode inversion, int timestep) {
        boolean inverts = inversion.asBoolean() || timestep < 0;
        if (reconstruction.asBoolean()) {
            return inverts ? Guide.BOTH : Guide.RECONSTRUCTION;
        }
        return inverts ? Guide.INVERSION : Guide.NONE;
    }

    /**
     * Branches that note the latents after every step. Proximal guidance is not continuous: a difference that rounding
     * puts on the other side of a threshold moves its element, or a mask's dilated element, by a whole step. A latent
     * that is wrong where, and only where, the difference was that near to a threshold is set aside, and the next step
     * starts from the reference's. No more than a handful may be.
     */
    private static final class Following implements Branches {
        private static final int MOST = 4;
        /** As far as two UNets may differ. */
        private static final float NEAR = 5e-5f;

        private final Branches branches;
        private final ProximalGuidance proximal;
        private final float[] reference;
        private final float[] computed;
        private final float[] followed;
        private boolean[] undecided;
        private int setAside;

        private Following(Branches branches, ProximalGuidance proximal, Golden reference) {
            this.branches = branches;
            this.proximal = proximal;
            this.reference = reference.values();
            this.computed = new float[this.reference.length];
            this.followed = new float[this.reference.length];
        }

        @Override
        public NDList predict(NDManager owner, NDArray latents, Step step) {
            NDList predictions = branches.predict(owner, latents, step);
            NDArray difference = predictions.get(1).sub(predictions.get(0));
            float threshold = proximal.shrink(predictions.get(0), predictions.get(1), 1)
                    .threshold()
                    .getFloat(0);
            float[] size = difference.abs().toFloatArray();
            undecided = new boolean[size.length];
            int height = (int) latents.getShape().get(2);
            int width = (int) latents.getShape().get(3);
            for (int i = 0; i < size.length; i++) {
                // Values and masks change at one threshold and at two, with the l1 variant's masks at three.
                boolean near = false;
                for (int multiple = 1; multiple <= 3; multiple++) {
                    near |= Math.abs(size[i] - multiple * threshold) < NEAR;
                }
                if (near) {
                    markAround(i, height, width);
                }
            }
            return predictions;
        }

        /** The elements that an element's mask reaches, in its channel. */
        private void markAround(int element, int height, int width) {
            int row = element / width % height;
            int column = element % width;
            int reach = proximal.dilation();
            for (int r = Math.max(0, row - reach); r <= Math.min(height - 1, row + reach); r++) {
                for (int c = Math.max(0, column - reach); c <= Math.min(width - 1, column + reach); c++) {
                    undecided[element + (r - row) * width + c - column] = true;
                }
            }
        }

        @Override
        public NDArray afterStep(NDManager owner, NDArray latents, Step step) {
            NDArray result = branches.afterStep(owner, latents, step);
            float[] values = result.toFloatArray();
            int offset = step.index() * values.length;
            System.arraycopy(values, 0, computed, offset, values.length);
            int before = setAside;
            for (int i = 0; i < values.length; i++) {
                if (Math.abs(values[i] - reference[offset + i]) > LATENT && undecided[i]) {
                    values[i] = reference[offset + i];
                    setAside++;
                }
            }
            System.arraycopy(values, 0, followed, offset, values.length);
            return setAside == before ? result : owner.create(values, result.getShape());
        }

        private void compare(String name, Cases cases) {
            int reach = 2 * proximal.dilation() + 1;
            if (setAside == 0 || setAside > Math.max(MOST, reach * reach)) {
                cases.compare(name, computed, LATENT);
            } else {
                cases.compare(name, " but for " + setAside + " on a threshold", followed, LATENT);
            }
        }
    }
}
