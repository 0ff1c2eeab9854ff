package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * What the branches of an edit are guided against.
 *
 * @param embeddings of the negative prompts: one for all steps or, in their order, one for each; each
 *     {@code [n, 77, D]} with n 1 for all branches, or as many as there are images, or as many as branches
 * @param ofSources whether the sources' branches are guided. Otherwise the prediction for their prompt stands for both
 *     and is all that is evaluated
 * @param ofTargets likewise the targets' branches
 */
public record Negatives(List<NDArray> embeddings, boolean ofSources, boolean ofTargets) {
    public Negatives {
        embeddings = List.copyOf(embeddings);
    }

    /** Of all branches. */
    public static Negatives of(List<NDArray> embeddings) {
        return new Negatives(embeddings, true, true);
    }

    /**
     * @throws IllegalArgumentException if the numbers do not fit
     */
    void require(int steps, int images, int rows) {
        if (embeddings.size() != 1 && embeddings.size() != steps) {
            throw new IllegalArgumentException(embeddings.size() + " negative prompts for " + steps
                    + " steps; one is needed, or one for each step");
        }
        for (NDArray embedding : embeddings) {
            long count = embedding.getShape().get(0);
            if (count != 1 && count != images && count != rows) {
                throw new IllegalArgumentException("negative prompts for " + count + " branches, there are " + rows);
            }
        }
    }

    boolean areConstant() {
        return embeddings.size() == 1;
    }

    /** Of a step. */
    NDArray at(int step) {
        return embeddings.get(areConstant() ? 0 : step);
    }
}
