package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.pooling.Pool;

/**
 * Proximal guidance (Han et al., arXiv 2306.05414): the difference that classifier-free guidance amplifies is shrunk
 * towards 0, so that small differences change nothing and only the edit's own remain. Both kinds of shrinking follow
 * the authors' code, which is not what the paper calls them.
 *
 * @param prox how to shrink
 * @param quantile of the differences' absolute values that becomes the threshold, over all elements of a target's
 *     branch and its source's, so that a target does not depend on the others; negative: the threshold itself, with its
 *     sign changed
 * @param dilation by how many elements the edited region grows in every direction
 */
public record ProximalGuidance(Prox prox, double quantile, int dilation) {

    /** The proximal operators of the code. */
    public enum Prox {
        /** Everything moves towards 0 by the threshold, at most to 0 (the paper's l0 would keep what is above it). */
        L0,
        /**
         * As {@link #L0}, and what is left above the threshold moves by the threshold once more, what is left of
         * negative differences moves up by it, even if past 0.
         */
        L1
    }

    /**
     * @throws IllegalArgumentException if the quantile is above 1 or the dilation negative
     */
    public ProximalGuidance {
        if (!(quantile <= 1) || dilation < 0) {
            throw new IllegalArgumentException("proximal guidance with quantile " + quantile + " and dilation "
                    + dilation + ": the quantile must be at most 1 (below 0 it is a fixed threshold), the dilation at"
                    + " least 0");
        }
    }

    /**
     * What is left of the difference between two predictions.
     *
     * @param shrunk {@code [K, C, h, w]}
     * @param threshold {@code [K, 1, 1, 1]}
     */
    public record Difference(NDArray shrunk, NDArray threshold) {}

    /**
     * The results belong to the predictions' manager.
     *
     * @param negative predictions {@code [K, C, h, w]}
     * @param positive likewise
     * @param images how many images the branches belong to, the same number of consecutive branches to each, the
     *     source's first; it has the threshold of the first target
     */
    public Difference shrink(NDArray negative, NDArray positive, long images) {
        NDArray difference = positive.sub(negative);
        NDArray threshold = threshold(difference, images);
        NDArray within = NDArrays.maximum(NDArrays.minimum(difference, threshold), threshold.neg());
        NDArray shrunk = difference.sub(within);
        if (prox == Prox.L1) {
            shrunk = NDArrays.where(shrunk.gt(0), shrunk.sub(threshold), shrunk);
            shrunk = NDArrays.where(shrunk.lt(0), shrunk.add(threshold), shrunk);
        }
        return new Difference(shrunk, threshold);
    }

    private NDArray threshold(NDArray difference, long images) {
        long branches = difference.getShape().get(0);
        if (quantile <= 0) {
            return difference.getManager().full(new Shape(branches, 1, 1, 1), (float) -quantile);
        }
        long ofImage = branches / images;
        NDArray sizes = difference.abs().reshape(images, ofImage, -1);
        if (ofImage == 1) {
            return quantiles(sizes.reshape(images, -1)).reshape(branches, 1, 1, 1);
        }
        long targets = ofImage - 1;
        NDArray ofSources = sizes.get(":, 0:1").repeat(1, targets);
        NDArray pairs = NDArrays.concat(new NDList(ofSources, sizes.get(":, 1:")), 2);
        NDArray ofTargets = quantiles(pairs.reshape(images * targets, -1)).reshape(images, targets);
        return NDArrays.concat(new NDList(ofTargets.get(":, 0:1"), ofTargets), 1)
                .reshape(branches, 1, 1, 1);
    }

    /** Of each row {@code [n, values]}: {@code [n, 1]}. */
    private NDArray quantiles(NDArray rows) {
        NDArray sorted = rows.sort(1);
        // The position between two elements in float32, as PyTorch has it.
        long last = sorted.getShape().get(1) - 1;
        float position = (float) quantile * last;
        long below = (long) position;
        NDArray lower = sorted.get(":, " + below + ":" + (below + 1));
        long above = Math.min(below + 1, last);
        NDArray upper = sorted.get(":, " + above + ":" + (above + 1));
        return lower.add(upper.sub(lower).mul(position - below));
    }

    /** 1 where the edit does not reach, {@code [K, C, h, w]}, each channel by itself; 0 elsewhere. */
    public NDArray unedited(Difference difference) {
        NDArray edited = difference.shrunk().abs().gt(difference.threshold()).toType(DataType.FLOAT32, false);
        if (dilation > 0) {
            long side = 2L * dilation + 1;
            edited = Pool.maxPool2d(
                    edited, new Shape(side, side), new Shape(1, 1), new Shape(dilation, dilation), false);
        }
        return edited.neg().add(1);
    }
}
