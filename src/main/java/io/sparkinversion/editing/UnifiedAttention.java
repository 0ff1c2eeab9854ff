package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.diffusion.AttentionControl;
import io.sparkinversion.diffusion.AttentionControl.Part;
import io.sparkinversion.diffusion.AttentionControl.Share;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.ControlledPrediction;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.SizeCondition;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.inversion.BatchRows;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.GuidedBranches;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Unified attention control (InfEdit: Xu et al., arXiv 2312.04965). Each edit has three branches: the source, the target
 * and, with the source's prompt, a mutual one. In the first steps all have the source's self-attention; later the mutual
 * branch looks with the target's queries at the source, so that it is the source in the target's layout. In the first
 * steps the target's attention to the text is the mutual branch's. After each step but the first the target's latent is
 * the mutual branch's outside of the region of the blended words.
 *
 * <p>For one run over the steps, from the first to the last, on one thread. The words that are to keep their look
 * ("mutual" in the code) are not built.
 */
public final class UnifiedAttention implements GuidedBranches {
    /** Branches of an edit. */
    public static final int BRANCHES = 3;
    /** The last of them. */
    public static final int MUTUAL = 2;

    private static final int SOURCE = 0;
    private static final int TARGET = 1;
    private static final double TEMPERATURE = 0.15;

    private final NDManager owner;
    private final Denoiser unet;
    private final List<UnifiedAlignment> alignments;
    private final Settings settings;
    private final int steps;
    private final int skipped;
    private final double ofSources;
    private final double ofTargets;
    private final Conditioning text;
    /** Of each edit the branches that are evaluated for the empty prompt. */
    private final int[] negatives;

    private NDArray maps;
    private List<BlendMask> masks = List.of();

    /**
     * @param cross share of the steps in which the target's attention to the text is edited
     * @param self share of the steps with the source's self-attention
     * @param threshold of the blended words' attention as a share of its maximum, which is raised at high noise
     */
    public record Settings(double cross, double self, double threshold) implements Serializable {
        /** As the authors run PIE-Bench. */
        public static final Settings AUTHORS = new Settings(0.7, 0.7, 0.55);
    }

    /**
     * One edit.
     *
     * @param local words of the target whose region may change; empty where all of it may
     * @param size what a Stable Diffusion XL is told of the image's; null for the latent's own
     */
    public record Edit(String source, String target, String local, SizeCondition size) {
        /** Of an image of its latent's own size. */
        public Edit(String source, String target, String local) {
            this(source, target, local, null);
        }
    }

    /**
     * @param owner owns what is prepared here, for all steps
     * @param edits each of three branches
     * @param steps of a whole run, which the shares are of
     * @param skipped the steps of it that are left out at its beginning
     * @param ofSources scale of classifier-free guidance against the empty prompt, of the source and the mutual branch
     * @param ofTargets likewise of the target
     */
    public UnifiedAttention(
            NDManager owner,
            Denoiser unet,
            List<Edit> edits,
            Settings settings,
            int steps,
            int skipped,
            double ofSources,
            double ofTargets) {
        this.owner = owner;
        this.unet = unet;
        this.settings = settings;
        this.steps = steps;
        this.skipped = skipped;
        this.ofSources = ofSources;
        this.ofTargets = ofTargets;
        this.alignments = edits.stream()
                .map(edit -> UnifiedAlignment.of(unet.model(), edit.source(), edit.target(), edit.local()))
                .toList();
        // The target's negative prediction has the source's self-attention.
        this.negatives = ofSources == 1 ? new int[] {SOURCE, TARGET} : new int[] {SOURCE, TARGET, MUTUAL};
        List<String> prompts = new ArrayList<>();
        for (int i = 0; i < edits.size() * negatives.length; i++) {
            prompts.add("");
        }
        edits.forEach(edit -> prompts.addAll(List.of(edit.source(), edit.target(), edit.source())));
        this.text = unet.model().condition(owner, prompts).withSizes(sizes(edits));
    }

    /** By row of the UNet's batch. */
    private List<SizeCondition> sizes(List<Edit> edits) {
        List<SizeCondition> sizes = new ArrayList<>();
        for (int rows : new int[] {negatives.length, BRANCHES}) {
            edits.stream()
                    .filter(edit -> edit.size() != null)
                    .forEach(edit -> sizes.addAll(Collections.nCopies(rows, edit.size())));
        }
        return sizes;
    }

    private int edits() {
        return alignments.size();
    }

    private double share(Step step) {
        return (step.index() + skipped + 1.0) / steps;
    }

    private int negative(int edit, int branch) {
        return edit * negatives.length + branch;
    }

    private int positive(int edit, int branch) {
        return edits() * negatives.length + edit * BRANCHES + branch;
    }

    @Override
    public NDArray predict(NDManager resultOwner, NDArray latents, Step step) {
        int rows = edits() * BRANCHES;
        int[] batch = new int[edits() * negatives.length + rows];
        float[] scales = new float[rows];
        int[] negativeRows = new int[rows];
        for (int edit = 0; edit < edits(); edit++) {
            for (int branch = 0; branch < BRANCHES; branch++) {
                int row = edit * BRANCHES + branch;
                scales[row] = (float) (branch == TARGET ? ofTargets : ofSources);
                batch[positive(edit, branch)] = row;
                boolean evaluated = branch < negatives.length;
                negativeRows[row] = evaluated ? negative(edit, branch) : positive(edit, branch);
                if (evaluated) {
                    batch[negative(edit, branch)] = row;
                }
            }
        }
        try (NDManager scope = unet.newScope()) {
            ControlledPrediction prediction =
                    unet.predict(scope, BatchRows.select(scope, latents, batch), step, text, control(step));
            gather(scope, prediction.crossAttention(), step);
            NDArray negative = BatchRows.select(scope, prediction.output(), negativeRows);
            NDArray positive = BatchRows.slice(scope, prediction.output(), batch.length - rows, batch.length);
            NDArray scale = scope.create(scales, new Shape(rows, 1, 1, 1));
            NDArray result = negative.add(positive.sub(negative).mul(scale));
            result.attach(resultOwner);
            return result;
        }
    }

    private boolean editsText(Step step) {
        return settings.cross() >= share(step);
    }

    private AttentionControl control(Step step) {
        int rows = edits() * BRANCHES;
        int length = unet.model().tokenizer().length();
        TokenMap keep = TokenMap.keep(length);
        int[] source = IntStream.range(0, rows).toArray();
        float[][] fromSource = new float[rows][];
        float[][] own = new float[rows][];
        Arrays.fill(fromSource, keep.flat());
        Arrays.fill(own, keep.own());
        List<Share> shares = new ArrayList<>();
        for (int edit = 0; edit < edits(); edit++) {
            int target = edit * BRANCHES + TARGET;
            if (editsText(step)) {
                TokenMap map = alignments.get(edit).map();
                source[target] = edit * BRANCHES + MUTUAL;
                fromSource[target] = map.flat();
                own[target] = map.own();
            }
            share(shares, step, positive(edit, SOURCE), positive(edit, TARGET), positive(edit, MUTUAL));
            int mutual = negatives.length == BRANCHES ? negative(edit, MUTUAL) : -1;
            share(shares, step, negative(edit, SOURCE), negative(edit, TARGET), mutual);
        }
        return new AttentionControl(source, fromSource, own, new int[rows], shares, List.of());
    }

    private void share(List<Share> shares, Step step, int source, int target, int mutual) {
        boolean early = share(step) < settings.self();
        if (early) {
            shares.add(new Share(target, source, 0, Part.QUERIES));
            shares.add(new Share(target, source, 0, Part.KEYS));
        }
        if (mutual >= 0) {
            shares.add(new Share(mutual, early ? source : target, 0, Part.QUERIES));
            shares.add(new Share(mutual, source, 0, Part.KEYS));
            shares.add(new Share(mutual, source, 0, Part.VALUES));
        }
    }

    /** Adds what the targets would look at with the mutual branch's attention, whether they have it or not. */
    private void gather(NDManager scope, NDArray attention, Step step) {
        int[] targets = IntStream.range(0, edits())
                .map(edit -> edit * BRANCHES + TARGET)
                .toArray();
        NDArray own = BatchRows.select(scope, attention, targets);
        if (!editsText(step)) {
            int[] mutuals = IntStream.of(targets).map(row -> row + 1).toArray();
            NDArray mutual = BatchRows.select(scope, attention, mutuals);
            int length = unet.model().tokenizer().length();
            float[] matrices = new float[edits() * length * length];
            float[] diagonals = new float[edits() * length];
            for (int edit = 0; edit < edits(); edit++) {
                TokenMap map = alignments.get(edit).map();
                System.arraycopy(map.flat(), 0, matrices, edit * length * length, length * length);
                System.arraycopy(map.own(), 0, diagonals, edit * length, length);
            }
            Shape shape = own.getShape();
            Shape pixels = new Shape(edits(), shape.get(1) * shape.get(2), length);
            NDArray fromMutual = mutual.reshape(pixels)
                    .batchMatMul(scope.create(matrices, new Shape(edits(), length, length)))
                    .reshape(shape);
            own = own.mul(scope.create(diagonals, new Shape(edits(), 1, 1, length)))
                    .add(fromMutual);
        }
        NDArray before = maps;
        maps = before == null ? own.duplicate() : own.add(before);
        maps.attach(owner);
        if (before != null) {
            before.close();
        }
    }

    /** By edit the masks of the step before; empty after the first step. */
    public List<BlendMask> lastMasks() {
        return masks;
    }

    /** By edit what the step before has let change, at the latent's resolution; empty for everything. */
    List<Optional<PixelMask>> lastRegions(Step step) {
        return IntStream.range(0, edits())
                .mapToObj(edit -> masks.isEmpty() || !alignments.get(edit).blends()
                        ? Optional.<PixelMask>empty()
                        : Optional.of(new PixelMask(
                                masks.get(edit).width(),
                                masks.get(edit).height(),
                                masks.get(edit).above(threshold(step))[0])))
                .toList();
    }

    /** What a mask element must exceed in a step. */
    public double threshold(Step step) {
        return Math.max(TEMPERATURE / Math.sqrt(step.alpha()), settings.threshold());
    }

    /** How the tokens of an edit's prompts belong together. */
    public UnifiedAlignment alignment(int edit) {
        return alignments.get(edit);
    }

    @Override
    public NDArray afterStep(NDManager resultOwner, NDArray latents, Step step) {
        if (step.index() == 0) {
            masks = List.of();
            return latents;
        }
        Shape shape = latents.getShape();
        int height = (int) shape.get(2);
        int width = (int) shape.get(3);
        masks = masks(height, width);
        int rows = edits() * BRANCHES;
        boolean[] own = new boolean[rows * height * width];
        Arrays.fill(own, true);
        int[] others = IntStream.range(0, rows).toArray();
        for (int edit = 0; edit < edits(); edit++) {
            if (alignments.get(edit).blends()) {
                int target = edit * BRANCHES + TARGET;
                others[target] = edit * BRANCHES + MUTUAL;
                boolean[] region = masks.get(edit).above(threshold(step))[0];
                System.arraycopy(region, 0, own, target * height * width, region.length);
            }
        }
        try (NDManager scope = unet.newScope()) {
            NDArray mask = scope.create(own, new Shape(rows, 1, height, width)).broadcast(shape);
            mask.attach(scope);
            NDArray result = NDArrays.where(mask, latents, BatchRows.select(scope, latents, others));
            result.attach(resultOwner);
            return result;
        }
    }

    private List<BlendMask> masks(int height, int width) {
        int mapHeight = (int) maps.getShape().get(1);
        int mapWidth = (int) maps.getShape().get(2);
        int length = (int) maps.getShape().get(3);
        float[] values = maps.toFloatArray();
        List<BlendMask> result = new ArrayList<>();
        for (int edit = 0; edit < edits(); edit++) {
            UnifiedAlignment alignment = alignments.get(edit);
            float[] attention = new float[mapHeight * mapWidth];
            for (int pixel = 0; pixel < attention.length; pixel++) {
                int at = (edit * attention.length + pixel) * length;
                for (int token = 1; token < alignment.length() - 1; token++) {
                    attention[pixel] = Math.max(
                            attention[pixel], values[at + token] * alignment.blended()[token]);
                }
            }
            result.add(BlendMask.of(new float[][] {attention}, mapHeight, mapWidth, false, height, width));
        }
        return result;
    }
}
