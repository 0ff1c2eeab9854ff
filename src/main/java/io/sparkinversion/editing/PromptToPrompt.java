package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.AttentionControl;
import io.sparkinversion.diffusion.AttentionControl.Region;
import io.sparkinversion.diffusion.AttentionControl.Share;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.ControlledPrediction;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.SizeCondition;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.inversion.BatchRows;
import io.sparkinversion.inversion.Branches;
import io.sparkinversion.inversion.Denoiser;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Prompt-to-prompt (Hertz et al., arXiv 2208.01626): the branches of images and those of their edits are sampled side
 * by side, and the edits' branches take their source's attention, so that they keep its composition. The negative
 * predictions are left alone. A source's branch never depends on its targets, and no target on another. Branches are in
 * the order of images: the first image's source, its targets, the second's source and so on.
 *
 * <p>Any method that samples {@link Branches} can sample these. An object serves one run over the steps, from the first
 * to the last, on one thread; what it prepares belongs to the owner given.
 */
public final class PromptToPrompt implements Branches {
    /** How the UNet's program names its cross-attention maps. */
    private static final String MAP = ".block.attn2.map";

    private final Denoiser unet;
    private final ControlSchedule schedule;
    private final BlendRegions blendRegions;
    private final BranchText text;
    private final Rows all;
    private final NDManager owner;
    private boolean sourcesWhereControlled;
    private long sourceEvaluations;
    private long targetEvaluations;
    private Rows unguided;

    /**
     * What is in the UNet's batch: predictions for negative prompts, then those for prompts.
     *
     * @param guided the branches of the former
     * @param branches those of the latter: all, or the targets alone
     * @param negative where each branch's negative prediction is in the output
     * @param positive where its own is. Branches that are not in the batch have that of another
     * @param text of the batch; null where it differs from step to step
     */
    private record Rows(int[] guided, int[] branches, int[] negative, int[] positive, Conditioning text) {
        static Rows of(int[] guided, int[] branches, int count, Conditioning text) {
            int[] positive = new int[count];
            for (int i = 0; i < branches.length; i++) {
                positive[branches[i]] = guided.length + i;
            }
            int[] negative = positive.clone();
            for (int i = 0; i < guided.length; i++) {
                negative[guided[i]] = i;
            }
            return new Rows(guided, branches, negative, positive, text);
        }

        /** The branches in the batch's order. */
        int[] batch() {
            return IntStream.concat(IntStream.of(guided), IntStream.of(branches))
                    .toArray();
        }

        boolean areGuided(int branch) {
            return negative[branch] != positive[branch];
        }
    }

    private PromptToPrompt(NDManager owner, Denoiser unet, ControlSchedule schedule, BranchText text) {
        this.unet = unet;
        this.schedule = schedule;
        this.blendRegions = new BlendRegions(schedule, owner);
        this.text = text;
        this.owner = owner;
        int[] branches = IntStream.range(0, schedule.rows()).toArray();
        this.all = Rows.of(text.guidedRows(), branches, branches.length, null);
    }

    /**
     * @param owner owns what is prepared here, for all steps
     * @param images each with equally many targets, whose local blends name words of the caption and of the target
     * @param negatives the images' own captions make this negative-prompt inversion, optimised embeddings null-text
     *     inversion
     * @param steps of the run
     * @throws IllegalArgumentException if the numbers of these do not fit, the prompts do not allow the edit, or they
     *     lack a word that it names
     */
    public static PromptToPrompt of(
            NDManager owner, Denoiser unet, List<ImageEdits> images, Negatives negatives, int steps) {
        images.stream().flatMap(image -> image.targets().stream()).forEach(target -> {
            if (target.settings().sharing() instanceof Sharing.Unified) {
                throw new IllegalArgumentException("unified attention control (uac) is infedit's alone");
            }
        });
        ControlSchedule schedule = ControlSchedule.of(unet.model().tokenizer(), images, steps);
        negatives.require(steps, schedule.images(), schedule.rows());
        List<String> prompts = images.stream()
                .flatMap(image -> Stream.concat(
                        Stream.of(image.caption()), image.targets().stream().map(TargetEdit::prompt)))
                .toList();
        NDArray positive = unet.model().embed(owner, prompts);
        List<SizeCondition> sizes = ImageEdits.sizes(images);
        int[] imageOfRow = IntStream.range(0, schedule.rows())
                .map(row -> row / schedule.branches())
                .toArray();
        BranchText text =
                new BranchText(owner, unet, schedule, positive, BatchRows.select(sizes, imageOfRow), negatives);
        return new PromptToPrompt(owner, unet, schedule, text);
    }

    /**
     * To be called where the sources' latents are known at every step: what is predicted for them is then evaluated at
     * those steps only at which a target takes attention from them, or looks for its region; elsewhere it is of no
     * meaning. The targets' predictions are the same.
     */
    void evaluateSourcesWhereControlled() {
        sourcesWhereControlled = true;
    }

    /** How many branches there are, the sources included. */
    public int branches() {
        return schedule.rows();
    }

    /** UNet evaluations for the sources' branches so far, of all images together. */
    public long sourceEvaluations() {
        return sourceEvaluations;
    }

    /** UNet evaluations for the targets' branches so far, of all together. */
    public long targetEvaluations() {
        return targetEvaluations;
    }

    /**
     * By target, in the order of branches, the masks of the step before, where {@link #afterStep} has confined it: what
     * may change, what may not; of the source's branch and the target's. Empty where it has not.
     */
    public List<List<BlendMask>> lastMasks() {
        return targets()
                .mapToObj(row -> blendRegions.last(row).map(Blend::masks).orElse(List.of()))
                .toList();
    }

    /** By image and target what the step before has let change, at the latent's resolution; empty for everything. */
    public List<List<Optional<PixelMask>>> lastRegions() {
        List<List<Optional<PixelMask>>> all = new ArrayList<>();
        for (int image = 0; image < schedule.images(); image++) {
            int source = image * schedule.branches();
            all.add(IntStream.range(source + 1, source + schedule.branches())
                    .mapToObj(row -> blendRegions.last(row).map(Blend::mask))
                    .toList());
        }
        return all;
    }

    private IntStream targets() {
        return IntStream.range(0, branches()).filter(row -> !schedule.isSource(row));
    }

    @Override
    public NDList predict(NDManager resultOwner, NDArray latents, Step step) {
        if (latents.getShape().get(0) != branches()) {
            throw new IllegalArgumentException(latents.getShape().get(0) + " latents for " + branches() + " branches");
        }
        try (NDManager scope = unet.newScope()) {
            Rows rows = rows(scope, step);
            int[] batch = rows.batch();
            boolean alone = rows.guided().length == 0 && rows.branches().length == branches();
            NDArray output = output(scope, alone ? latents : BatchRows.select(scope, latents, batch), step, rows);
            count(batch);
            if (alone) {
                output.attach(resultOwner);
                return new NDList(output, output);
            }
            return new NDList(
                    BatchRows.select(resultOwner, output, rows.negative()),
                    BatchRows.select(resultOwner, output, rows.positive()));
        }
    }

    private void count(int[] batch) {
        long sources = IntStream.of(batch).filter(schedule::isSource).count();
        sourceEvaluations += sources;
        targetEvaluations += batch.length - sources;
    }

    /** What a step has in its batch. */
    private Rows rows(NDManager scope, Step step) {
        boolean guides = unet.guides(step);
        boolean controls = schedule.at(step.index()).isPresent();
        boolean sources = controls || !sourcesWhereControlled;
        if (guides && sources) {
            return all;
        }
        if (sources) {
            return controls ? unguidedControlled() : Rows.of(new int[0], all.branches(), branches(), text.positive());
        }
        int[] targets = targets().toArray();
        int[] guided = guides
                ? IntStream.of(all.guided())
                        .filter(row -> !schedule.isSource(row))
                        .toArray()
                : new int[0];
        int[] ofAll = IntStream.concat(
                        IntStream.of(guided).map(row -> all.negative()[row]),
                        IntStream.of(targets).map(row -> all.positive()[row]))
                .toArray();
        Conditioning prompts = BatchRows.select(scope, text.at(scope, step.index()), ofAll);
        return Rows.of(guided, targets, branches(), prompts);
    }

    /** With one row that is not controlled, the first source again: kernels for GPUs take no batch of none. */
    private Rows unguidedControlled() {
        if (unguided == null) {
            unguided = Rows.of(new int[] {0}, all.branches(), branches(), text.repeatingTheFirst(owner));
        }
        return unguided;
    }

    private NDArray output(NDManager scope, NDArray batch, Step step, Rows rows) {
        Conditioning prompts = rows.text() == null ? text.at(scope, step.index()) : rows.text();
        // Where the sources are left out, nothing is controlled.
        Optional<AttentionControl> control =
                rows.branches().length < branches() ? Optional.empty() : control(step.index(), rows);
        if (control.isEmpty()) {
            return unet.predict(scope, batch, step, prompts);
        }
        ControlledPrediction prediction = unet.predict(scope, batch, step, prompts, control.get());
        blendRegions.gather(prediction.crossAttention(), step.index());
        return prediction.output();
    }

    /** Of a step, in rows of the UNet's batch: negative predictions, then all branches'. */
    private Optional<AttentionControl> control(int step, Rows rows) {
        Optional<AttentionControl> control = schedule.at(step);
        return schedule.shares() ? control.map(given -> given.with(shares(step, rows), regions(step, rows))) : control;
    }

    private List<Region> regions(int step, Rows rows) {
        List<Region> regions = new ArrayList<>();
        targets().forEach(row -> {
            TargetSchedule target = schedule.target(row);
            Sharing sharing = target.settings().sharing();
            regions.addAll(sharing.regions(unet.model(), step, target.steps(), rows.positive()[row]));
            if (rows.areGuided(row)) {
                regions.addAll(sharing.regions(unet.model(), step, target.steps(), rows.negative()[row]));
            }
        });
        return regions;
    }

    private List<Share> shares(int step, Rows rows) {
        List<Share> shares = new ArrayList<>();
        targets().forEach(row -> {
            TargetSchedule target = schedule.target(row);
            Sharing sharing = target.settings().sharing();
            int source = schedule.source(row);
            int own = rows.positive()[row];
            int positive = rows.positive()[source];
            shares.addAll(sharing.of(unet.model(), step, target.steps(), own, positive, positive));
            if (rows.areGuided(row)) {
                int negative = rows.negative()[row];
                shares.addAll(
                        sharing.of(unet.model(), step, target.steps(), negative, rows.negative()[source], positive));
            }
        });
        return shares;
    }

    /** The activations of one evaluation by name, of the UNet's batch as it is. Not counted. */
    public Map<String, NDArray> activations(NDManager resultOwner, NDArray latents, Step step) {
        try (NDManager scope = unet.newScope()) {
            NDArray batch = BatchRows.join(scope, BatchRows.select(scope, latents, text.guidedRows()), latents);
            AttentionControl control = control(step.index(), all).orElseGet(schedule::uncontrolled);
            Conditioning prompts = text.at(scope, step.index());
            return unet.model().inspection().unet(resultOwner, batch, step.timestep(), prompts, control);
        }
    }

    /** Confines the edits to their local blends' regions, where there are such. */
    @Override
    public NDArray afterStep(NDManager resultOwner, NDArray latents, Step step) {
        try (NDManager scope = unet.newScope()) {
            return blendRegions.confine(resultOwner, scope, latents, step.index());
        }
    }

    /**
     * The branches' cross-attention maps in one evaluation, after control: {@code [K, heads, H * W, T]} by layer, such
     * as {@code down0.attn1} or {@code mid.attn0}, in the order of their computation. Not counted.
     *
     * @param latents {@code [K, C, h, w]} at the beginning of the step
     */
    public Map<String, NDArray> crossAttention(NDManager resultOwner, NDArray latents, Step step) {
        Map<String, NDArray> maps = new LinkedHashMap<>();
        try (NDManager scope = unet.newScope()) {
            // With one row that is not controlled: kernels for GPUs take no batch of none.
            int[] rows =
                    IntStream.range(-1, branches()).map(row -> Math.max(row, 0)).toArray();
            NDArray batch = BatchRows.select(scope, latents, rows);
            Conditioning prompts = BatchRows.select(scope, text.positive(), rows);
            AttentionControl control = schedule.at(step.index()).orElseGet(schedule::uncontrolled);
            unet.model()
                    .inspection()
                    .unet(scope, batch, step.timestep(), prompts, control)
                    .forEach((name, value) -> {
                        if (name.endsWith(MAP)) {
                            value.attach(resultOwner);
                            maps.put(name.substring(0, name.length() - MAP.length()), value);
                        }
                    });
        }
        return maps;
    }
}
