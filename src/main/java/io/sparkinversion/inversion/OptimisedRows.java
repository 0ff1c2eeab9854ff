package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.LossGradient;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The images of a batch for which something is still being optimised at a step, with an Adam each (arXiv 1412.6980), or
 * an AdamW where there is weight decay (arXiv 1711.05101).
 */
final class OptimisedRows {
    private static final float FIRST_DECAY = 0.9f;
    private static final float SECOND_DECAY = 0.999f;
    private static final float EPSILON = 1e-8f;

    private final NDManager scope;
    private final int[] images;
    private final List<NDArray> constants;
    private NDArray variable;
    private NDArray firstMoment;
    private NDArray secondMoment;

    /** The loss of every row and its derivative by the variable. */
    interface Loss {
        LossGradient at(NDManager owner, NDArray variable, List<NDArray> constants);
    }

    private OptimisedRows(NDManager scope, int[] images, List<NDArray> constants) {
        this.scope = scope;
        this.images = images;
        this.constants = constants;
    }

    /**
     * All images of a batch.
     *
     * @param variable what is optimised {@code [B, ...]}
     * @param constants what else the loss depends on, {@code [B, ...]} each
     */
    static OptimisedRows of(NDManager scope, NDArray variable, NDArray... constants) {
        int count = (int) variable.getShape().get(0);
        OptimisedRows rows = new OptimisedRows(scope, IntStream.range(0, count).toArray(), List.of(constants));
        rows.variable = variable;
        rows.firstMoment = scope.zeros(variable.getShape());
        rows.secondMoment = scope.zeros(variable.getShape());
        return rows;
    }

    int count() {
        return images.length;
    }

    /** Which image of the batch a row is. */
    int image(int row) {
        return images[row];
    }

    /** Of elements for each image of the batch those of the rows; none where there are none. */
    <T> List<T> of(List<T> ofImages) {
        return BatchRows.select(ofImages, images);
    }

    /** What a row has come to, {@code [1, ...]}. */
    NDArray variable(int row) {
        return owned(variable.get(row + ":" + (row + 1)));
    }

    /**
     * One update of every row.
     *
     * @param weightDecay what a row loses of itself at rate 1
     * @param inner 1 for the first update
     * @return the losses before it
     */
    float[] update(Loss loss, double rate, double weightDecay, int inner) {
        try (NDManager temporary = scope.newSubManager()) {
            LossGradient result = loss.at(temporary, variable, constants);
            NDArray gradient = result.gradient();
            NDArray first = gradient.mul(1 - FIRST_DECAY).add(firstMoment.mul(FIRST_DECAY));
            NDArray second = gradient.mul(gradient).mul(1 - SECOND_DECAY).add(secondMoment.mul(SECOND_DECAY));
            double firstCorrection = 1 - Math.pow(FIRST_DECAY, inner);
            double secondCorrection = 1 - Math.pow(SECOND_DECAY, inner);
            NDArray deviation =
                    second.sqrt().div((float) Math.sqrt(secondCorrection)).add(EPSILON);
            NDArray kept = weightDecay == 0 ? variable : variable.mul((float) (1 - rate * weightDecay));
            variable = owned(
                    first.div(deviation).mul((float) (-rate / firstCorrection)).add(kept));
            firstMoment = owned(first);
            secondMoment = owned(second);
            return result.loss().toFloatArray();
        }
    }

    /** The rows that are not finished. */
    OptimisedRows without(boolean[] finished) {
        int[] left =
                IntStream.range(0, images.length).filter(row -> !finished[row]).toArray();
        if (left.length == images.length) {
            return this;
        }
        int[] leftImages = IntStream.of(left).map(row -> images[row]).toArray();
        if (left.length == 0) {
            return new OptimisedRows(scope, leftImages, List.of());
        }
        long[] indices = IntStream.of(left).asLongStream().toArray();
        try (NDArray index = scope.create(indices)) {
            OptimisedRows rows = new OptimisedRows(
                    scope,
                    leftImages,
                    constants.stream().map(array -> owned(array.get(index))).toList());
            rows.variable = owned(variable.get(index));
            rows.firstMoment = owned(firstMoment.get(index));
            rows.secondMoment = owned(secondMoment.get(index));
            return rows;
        }
    }

    private NDArray owned(NDArray array) {
        array.attach(scope);
        return array;
    }
}
