package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * Null-text embeddings, one for each step and image, and how they came about.
 *
 * @param embeddings by step in denoising order, each {@code [B, 77, D]}
 * @param losses {@code [image][step]}: the loss of every optimisation step before its update
 * @param captionCosine {@code [image][step]}: cosine similarity of the embedding and the caption's, all 77 positions
 *     taken as one vector
 */
public record NullText(List<NDArray> embeddings, float[][][] losses, double[][] captionCosine) {

    /** How often an image's embedding was updated, step by step. */
    public int[] innerSteps(int image) {
        int[] counts = new int[losses[image].length];
        for (int step = 0; step < counts.length; step++) {
            counts[step] = losses[image][step].length;
        }
        return counts;
    }
}
