package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.AttentionControl;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.diffusion.StableDiffusion.ControlledPrediction;
import io.sparkinversion.inversion.Branches;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Prompt-to-prompt (Hertz et al., arXiv 2208.01626): an image's branch and those of its edits are sampled side by side,
 * and the edits' branches take the source's attention, so that they keep its composition. The negative predictions
 * are left alone. The source's branch never depends on its targets, and no target on another.
 *
 * <p>Any method that samples {@link Branches} can sample these. An object serves one run over the steps, from the first
 * to the last, on one thread; what it prepares belongs to the owner given.
 */
public final class PromptToPrompt implements Branches {
    /** How the UNet's program names its cross-attention maps. */
    private static final String MAP = ".block.attn2.map";

    private final StableDiffusion model;
    private final ControlSchedule schedule;
    private final BlendRegion region;
    private final NDArray positive;
    private final List<NDArray> negative;
    /** Whether the source's negative prediction is its positive one and need not be computed. */
    private final boolean sourceUnguided;
    /** The whole batch's text: negative prompts, then prompts. Null where it differs from step to step. */
    private final Conditioning constantText;
    private long evaluations;

    private PromptToPrompt(
            NDManager owner,
            StableDiffusion model,
            ControlSchedule schedule,
            NDArray positive,
            List<NDArray> negative) {
        this.model = model;
        this.schedule = schedule;
        this.region = new BlendRegion(
                schedule.settings().localBlend(), owner, schedule.prompts(), schedule.steps());
        this.positive = positive;
        this.negative = negative;
        boolean constant = negative.size() == 1;
        this.sourceUnguided = constant && sameSource();
        this.constantText = constant ? text(owner, negative.get(0)) : null;
    }

    /**
     * @param owner owns what is prepared here, for all steps
     * @param prompts the image's, then those of its edits
     * @param negative embeddings of the negative prompts: one for all steps or, in their order, one for each; each
     *     {@code [1, 77, D]} for all branches or {@code [K, 77, D]}. The image's own prompt makes this negative-prompt
     *     inversion, optimised embeddings null-text inversion
     * @param steps of the run
     * @throws IllegalArgumentException if the numbers of these do not fit, the prompts do not allow the edit, or they
     *     lack a word that it names
     */
    public static PromptToPrompt of(
            NDManager owner,
            StableDiffusion model,
            List<String> prompts,
            List<NDArray> negative,
            EditSettings settings,
            int steps) {
        if (prompts.isEmpty()) {
            throw new IllegalArgumentException("an edit needs the image's prompt");
        }
        if (negative.size() != 1 && negative.size() != steps) {
            throw new IllegalArgumentException(negative.size() + " negative prompts for " + steps
                    + " steps; one is needed, or one for each step");
        }
        for (NDArray embedding : negative) {
            long rows = embedding.getShape().get(0);
            if (rows != 1 && rows != prompts.size()) {
                throw new IllegalArgumentException("negative prompts for " + rows + " branches, there are "
                        + prompts.size());
            }
        }
        ControlSchedule schedule = ControlSchedule.of(model.tokenizer(), prompts, settings, steps);
        return new PromptToPrompt(owner, model, schedule, model.embed(owner, prompts), negative);
    }

    private boolean sameSource() {
        try (NDManager scope = model.newScope()) {
            return row(scope, negative.get(0)).contentEquals(row(scope, positive));
        }
    }

    /** How many branches there are, the source's included. */
    public int branches() {
        return schedule.prompts().size();
    }

    /** UNet evaluations so far, counted per row of a batch. */
    public long evaluations() {
        return evaluations;
    }

    /** The masks of the step before, where {@link #afterStep} has confined the edit: what may change, what may not. */
    public List<BlendMask> lastMasks() {
        return region.last()
                .map(blend -> blend.subtracted()
                        .map(subtracted -> List.of(blend.words(), subtracted))
                        .orElse(List.of(blend.words())))
                .orElse(List.of());
    }

    @Override
    public NDList predict(NDManager resultOwner, NDArray latents, Step step) {
        if (latents.getShape().get(0) != branches()) {
            throw new IllegalArgumentException(
                    latents.getShape().get(0) + " latents for " + branches() + " branches");
        }
        try (NDManager scope = model.newScope()) {
            NDArray batch = withNegatives(scope, latents, latents);
            Conditioning text = constantText != null ? constantText : text(scope, negative.get(step.index()));
            NDArray output = output(scope, batch, step, text);
            evaluations += batch.getShape().get(0);
            long guided = batch.getShape().get(0) - branches();
            NDArray positives = rows(resultOwner, output, guided, guided + branches());
            if (guided == 0) {
                return new NDList(positives, positives);
            }
            NDArray negatives = rows(scope, output, 0, guided);
            if (sourceUnguided) {
                negatives = join(resultOwner, row(scope, positives), negatives);
            } else {
                negatives.attach(resultOwner);
            }
            return new NDList(negatives, positives);
        }
    }

    private NDArray output(NDManager scope, NDArray batch, Step step, Conditioning text) {
        Optional<AttentionControl> control = schedule.at(step.index());
        if (control.isEmpty()) {
            return model.predict(scope, batch, new int[] {step.timestep()}, text);
        }
        ControlledPrediction prediction = model.predict(scope, batch, step.timestep(), text, control.get());
        region.gather(prediction.crossAttention(), step.index());
        return prediction.output();
    }

    /** Confines the edit to the local blend's region, where there is one. */
    @Override
    public NDArray afterStep(NDManager resultOwner, NDArray latents, Step step) {
        try (NDManager scope = model.newScope()) {
            return region.confine(resultOwner, scope, latents, step.index());
        }
    }

    /**
     * The branches' cross-attention maps in one evaluation, after control: {@code [K, heads, H * W, T]} by layer, such
     * as {@code down0.attn1} or {@code mid.attn0}, in the order of their computation.
     *
     * @param latents {@code [K, C, h, w]} at the beginning of the step
     */
    public Map<String, NDArray> crossAttention(NDManager resultOwner, NDArray latents, Step step) {
        Map<String, NDArray> maps = new LinkedHashMap<>();
        try (NDManager scope = model.newScope()) {
            // With one row that is not controlled: kernels for GPUs take no batch of none.
            NDArray batch = join(scope, row(scope, latents), latents);
            Conditioning text = model.condition(scope, join(scope, row(scope, positive), positive));
            AttentionControl control = schedule.at(step.index()).orElseGet(schedule::uncontrolled);
            model.inspectUNet(scope, batch, step.timestep(), text, control).forEach((name, value) -> {
                if (name.endsWith(MAP)) {
                    value.attach(resultOwner);
                    maps.put(name.substring(0, name.length() - MAP.length()), value);
                }
            });
        }
        return maps;
    }

    private Conditioning text(NDManager textOwner, NDArray negativeEmbedding) {
        try (NDManager scope = model.newScope()) {
            NDArray each = negativeEmbedding;
            if (each.getShape().get(0) != branches()) {
                each = each.repeat(0, branches());
                each.attach(scope);
            }
            return model.condition(textOwner, withNegatives(textOwner, each, positive));
        }
    }

    /** The UNet's batch: of the branches' negative rows those that are needed, then all rows. */
    private NDArray withNegatives(NDManager batchOwner, NDArray negativeRows, NDArray rows) {
        int first = sourceUnguided ? 1 : 0;
        if (first == branches()) {
            return rows;
        }
        try (NDManager scope = model.newScope()) {
            return join(batchOwner, rows(scope, negativeRows, first, branches()), rows);
        }
    }

    /** The source's. */
    private static NDArray row(NDManager owner, NDArray array) {
        return rows(owner, array, 0, 1);
    }

    /** Rows {@code from} (inclusive) to {@code to} (exclusive). */
    private static NDArray rows(NDManager owner, NDArray array, long from, long to) {
        NDArray rows = array.get(from + ":" + to);
        rows.attach(owner);
        return rows;
    }

    private static NDArray join(NDManager owner, NDArray first, NDArray second) {
        NDArray joined = NDArrays.concat(new NDList(first, second), 0);
        joined.attach(owner);
        return joined;
    }
}
