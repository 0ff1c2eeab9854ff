package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.SizeCondition;
import io.sparkinversion.inversion.BatchRows;
import io.sparkinversion.inversion.Denoiser;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The text of the UNet's batch: the negative prompts of those branches that need them, then all branches' prompts. A
 * branch needs its negative prompt if it is guided, unless that is its prompt and its attention is never controlled:
 * then both predictions are the same.
 */
final class BranchText {
    private final Denoiser unet;
    private final ControlSchedule schedule;
    private final Negatives negatives;
    private final List<SizeCondition> sizes;
    private final Conditioning positive;
    private final int[] guided;
    /** Null where it differs from step to step. */
    private final Conditioning constant;

    /**
     * @param owner owns what is prepared here, for all steps
     * @param positive the branches' embeddings
     * @param sizes what a Stable Diffusion XL is told of the branches' sizes; empty for the latents' own
     */
    BranchText(
            NDManager owner,
            Denoiser unet,
            ControlSchedule schedule,
            NDArray positive,
            List<SizeCondition> sizes,
            Negatives negatives) {
        this.unet = unet;
        this.schedule = schedule;
        this.negatives = negatives;
        this.sizes = sizes;
        this.positive = unet.condition(owner, positive).withSizes(sizes);
        int[] needed = guided();
        if (needed.length > 0) {
            this.guided = needed;
            this.constant = negatives.areConstant() ? joined(owner, 0) : null;
        } else if (schedule.controls() || schedule.blends()) {
            // Kernels for GPUs take no batch of none, which the rows that are not controlled would be.
            this.guided = new int[] {0};
            this.constant = repeatingTheFirst(owner);
        } else {
            this.guided = needed;
            this.constant = this.positive;
        }
    }

    /** All branches' prompts behind the first one once more. */
    Conditioning repeatingTheFirst(NDManager owner) {
        try (NDManager scope = unet.newScope()) {
            return BatchRows.join(owner, BatchRows.select(scope, positive, new int[] {0}), positive);
        }
    }

    private int[] guided() {
        boolean[] needed = new boolean[schedule.rows()];
        for (int row = 0; row < needed.length; row++) {
            // Some controls take from the source's prediction for its negative prompt, too.
            needed[row] = schedule.isSource(row)
                    ? negatives.ofSources() || schedule.sharesHalves() && negatives.ofTargets()
                    : negatives.ofTargets();
        }
        if (negatives.areConstant()) {
            boolean[] differs = new boolean[needed.length];
            try (NDManager scope = unet.newScope()) {
                int[] all = IntStream.range(0, needed.length).toArray();
                NDArray embeddings = BatchRows.select(scope, negatives.at(0), rowsOfNegatives(0, all));
                for (int row : BatchRows.differing(embeddings, positive.embedding())) {
                    differs[row] = true;
                }
            }
            for (int row = 0; row < needed.length; row++) {
                needed[row] &= differs[row] || schedule.controls(row);
            }
        }
        return IntStream.range(0, needed.length).filter(row -> needed[row]).toArray();
    }

    /** Where branches' negative prompts are among a step's. */
    private int[] rowsOfNegatives(int step, int[] branches) {
        int count = Math.toIntExact(negatives.at(step).getShape().get(0));
        return IntStream.of(branches)
                .map(row -> count == 1 ? 0 : count == schedule.rows() ? row : row / schedule.branches())
                .toArray();
    }

    /** The branches whose negative prompts are in the batch, in its order. */
    int[] guidedRows() {
        return guided;
    }

    /** All branches' prompts. */
    Conditioning positive() {
        return positive;
    }

    /** The text of a step's batch, owned by {@code owner} where it is the step's alone. */
    Conditioning at(NDManager owner, int step) {
        return constant != null ? constant : joined(owner, step);
    }

    private Conditioning joined(NDManager owner, int step) {
        try (NDManager scope = unet.newScope()) {
            Conditioning negative = unet.condition(scope, negatives.at(step));
            Conditioning ofGuided = BatchRows.select(scope, negative, rowsOfNegatives(step, guided))
                    .withSizes(BatchRows.select(sizes, guided));
            return BatchRows.join(owner, ofGuided, positive);
        }
    }
}
