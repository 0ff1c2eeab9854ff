package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.editing.BranchSampling;
import io.sparkinversion.editing.EditSettings;
import io.sparkinversion.editing.ImageEdits;
import io.sparkinversion.editing.Negatives;
import io.sparkinversion.editing.PromptToPrompt;
import io.sparkinversion.editing.Sharing;
import io.sparkinversion.editing.Sharing.MutualSelfAttention;
import io.sparkinversion.editing.Sharing.MutualSelfAttention.Regions;
import io.sparkinversion.editing.Sharing.PlugAndPlay;
import io.sparkinversion.editing.TargetEdit;
import io.sparkinversion.inversion.BatchRows;
import io.sparkinversion.inversion.DdimInversion;
import io.sparkinversion.inversion.DdimSampling;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.DirectInversion;
import io.sparkinversion.inversion.Guidance;
import io.sparkinversion.inversion.PlainBranches;
import io.sparkinversion.inversion.Trajectory;
import io.sparkinversion.verify.GoldenFile.Golden;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Attention controls beside prompt-to-prompt: MasaCtrl (the files {@code masactrlN}) and plug-and-play features (the
 * files {@code pnpN}): the latents after every step, and the first controlled activations.
 */
record AttentionSuite(Source source) implements Suite {
    private static final double LATENT = 1e-3;
    private static final double ACTIVATION = 5e-5;
    private static final String EMPTY_TRAJECTORY = "traj_empty";
    private static final String LATENTS = ".latents";
    private static final String ATTENTION = ".attn_out";
    private static final String RESNET = ".conv_out";
    private static final String OFFSETS = ".offsets";
    private static final String SOURCE_MASK = "mask_s";
    private static final String TARGET_MASK = "mask_t";

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        cases.input(Source.LATENT, SOURCE_MASK, TARGET_MASK);
        if (golden.has(EMPTY_TRAJECTORY)) {
            cases.run(
                    () -> cases.compare(
                            EMPTY_TRAJECTORY,
                            ModelUnderTest.values(inverted(golden, "").latents()),
                            LATENT),
                    EMPTY_TRAJECTORY);
        }
        for (String name : golden.names()) {
            if (name.endsWith(LATENTS)) {
                String run = name.substring(0, name.length() - LATENTS.length());
                cases.run(
                        () -> new Run(golden, run, cases).verify(), name, run + ATTENTION, run + RESNET, run + OFFSETS);
            }
        }
    }

    private Trajectory inverted(GoldenFile golden, String prompt) {
        NDManager scope = source.model().scope();
        return DdimInversion.invert(
                scope,
                new Denoiser(source.model().model()),
                source.schedule(golden),
                source.start(golden),
                source.model().model().condition(scope, List.of(prompt)));
    }

    private final class Run {
        private final GoldenFile golden;
        private final String run;
        private final Cases cases;
        private final NDManager scope = source.model().scope();
        private final Denoiser unet = new Denoiser(source.model().model());
        private final List<Step> steps;

        private Run(GoldenFile golden, String run, Cases cases) {
            this.golden = golden;
            this.run = run;
            this.cases = cases;
            this.steps = source.schedule(golden);
        }

        private JsonNode parameter(String name) {
            return golden.parameter(run + LATENTS, name);
        }

        private void verify() {
            if (parameter("start_step").isInt()) {
                masactrl();
            } else {
                plugAndPlay();
            }
        }

        private PromptToPrompt branches(String prompt, String target, String negative, Sharing sharing) {
            EditSettings settings = EditSettings.NONE.withSharing(sharing);
            ImageEdits edits = new ImageEdits(prompt, List.of(new TargetEdit(target, settings)));
            NDArray embedding = source.model().model().embed(scope, List.of(negative));
            return PromptToPrompt.of(
                    scope, unet, List.of(edits), new Negatives(List.of(embedding), false, true), steps.size());
        }

        private void masactrl() {
            List<String> prompts = golden.prompts(run + LATENTS);
            double start = (parameter("start_step").asInt() + 0.5) / steps.size();
            Sharing sharing = new MutualSelfAttention(
                    start, parameter("start_layer").asInt(), run.startsWith("masked") ? regions() : null);
            PromptToPrompt branches = branches(prompts.get(0), prompts.get(1), "", sharing);
            Trajectory inversion = inverted(golden, prompts.get(0));
            NDArray noise = inversion.last().repeat(0, 2);
            noise.attach(scope);
            boolean direct = run.startsWith("direct") || run.startsWith("masked") || golden.has(run + OFFSETS);
            Trajectory result = direct
                    ? DirectInversion.sample(
                            scope, unet, branches, steps, inversion, noise, golden.guidance(run + LATENTS))
                    : BranchSampling.sample(scope, unet, steps, noise, golden.guidance(run + LATENTS), branches);
            cases.compare(run + LATENTS, Rows.of(result, golden.shape(run + LATENTS)[0]), LATENT);
            if (golden.has(run + OFFSETS)) {
                Conditioning text = source.model().model().condition(scope, List.of(prompts.get(0)));
                List<NDArray> offsets = DirectInversion.offsets(
                        scope,
                        unet,
                        PlainBranches.of(scope, unet, source.empty(1), text),
                        1,
                        steps,
                        inversion,
                        golden.guidance(run + LATENTS));
                cases.compare(run + OFFSETS, ModelUnderTest.values(offsets), LATENT);
            }
            if (golden.has(run + ATTENTION)) {
                int step = parameter("start_step").asInt();
                String layer = source.model()
                        .model()
                        .transformers()
                        .get(parameter("start_layer").asInt())
                        .checkpoint();
                NDArray activation = branches.activations(
                                scope, result.latents().get(step), steps.get(step))
                        .get(layer + ".attn1.heads");
                // Source and target for their negative prompts, then for their prompts; the source's are the same where
                // its prompts are.
                int[] rows = activation.getShape().get(0) == 3 ? new int[] {1, 0, 1, 2} : new int[] {0, 1, 2, 3};
                compare(run + ATTENTION, BatchRows.select(scope, activation, rows));
            }
        }

        private Regions regions() {
            Golden ofSource = golden.read(SOURCE_MASK);
            Golden ofTarget = golden.read(TARGET_MASK);
            return new Regions(
                    (int) ofSource.shape()[0], (int) ofSource.shape()[1], inside(ofSource), inside(ofTarget));
        }

        private static boolean[] inside(Golden mask) {
            boolean[] inside = new boolean[mask.values().length];
            for (int i = 0; i < inside.length; i++) {
                inside[i] = mask.values()[i] > 0;
            }
            return inside;
        }

        private void compare(String name, NDArray activation) {
            cases.compare(name, activation.toFloatArray(), Checkpoints.tolerance(golden.read(name), ACTIVATION));
        }

        private void plugAndPlay() {
            int count = steps.size();
            Sharing sharing = new PlugAndPlay(
                    (parameter("conv_steps").asInt() + 0.5) / count,
                    (parameter("attn_steps").asInt() + 0.5) / count);
            PromptToPrompt branches = branches(
                    parameter("source_embedding").asText(""),
                    parameter("target").asText(),
                    parameter("negative").asText(""),
                    sharing);
            List<NDArray> sources = sources();
            NDArray z = sources.get(0);
            List<NDArray> rows = new ArrayList<>();
            for (Step step : steps) {
                NDArray latents = BatchRows.join(scope, sources.get(step.index()), z);
                if (step.index() == 0) {
                    activations(branches, latents, step);
                }
                NDArray both = branches.guidedStep(scope, unet, latents, step, golden.guidance(run + LATENTS));
                z = BatchRows.slice(scope, both, 1, 2);
                rows.add(z);
            }
            cases.compare(run + LATENTS, ModelUnderTest.values(rows), LATENT);
        }

        private void activations(PromptToPrompt branches, NDArray latents, Step step) {
            if (!golden.has(run + ATTENTION) && !golden.has(run + RESNET)) {
                return;
            }
            Map<String, NDArray> inside = branches.activations(scope, latents, step);
            String block = "up" + parameter("up_block").asInt(0);
            // The batch is the target's negative prompt, the source, the target.
            int[] rows = {1, 0, 2};
            if (golden.has(run + ATTENTION)) {
                compare(run + ATTENTION, BatchRows.select(scope, inside.get(block + ".attn1.block.attn1"), rows));
            }
            if (golden.has(run + RESNET)) {
                compare(run + RESNET, BatchRows.select(scope, inside.get(block + ".resnet1"), rows));
            }
        }

        /** The source's latent at every step, the noisiest first. */
        private List<NDArray> sources() {
            Trajectory inversion = source.trajectory(golden);
            List<NDArray> sources = new ArrayList<>();
            if (run.startsWith("ddim")) {
                // The published code's list of the reconstruction's latents lacks the noise that it starts from.
                Conditioning caption = source.caption(golden, 1);
                Trajectory back = DdimSampling.sample(
                        scope, unet, steps, inversion.last(), Guidance.of(scope, caption, caption, 1));
                return back.latents().subList(1, back.latents().size());
            }
            for (int level = steps.size(); level > 0; level--) {
                sources.add(inversion.latents().get(level));
            }
            return sources;
        }
    }
}
