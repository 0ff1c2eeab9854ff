package io.sparkinversion.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * What one UNet evaluation does with the attention of the last K rows of its batch (prompt-to-prompt, arXiv
 * 2208.01626). Row i of these takes its maps from row {@code source[i]} of these: a cross-attention map A becomes
 * A_source P_i + A diag(g_i), and a self-attention map over few enough pixels becomes the source's.
 *
 * @param source by controlled row, the controlled row that it takes from; its own index where it takes nothing
 * @param fromSource P by controlled row: {@code [T * T]}, row by row; rows are the source's tokens, columns its own
 * @param own g by controlled row: {@code [T]}, 1 where it keeps its own attention
 * @param selfReplacePixels by controlled row: self-attention maps over at most this many pixels are taken from the
 *     source; 0 for none
 */
public record AttentionControl(int[] source, float[][] fromSource, float[][] own, int[] selfReplacePixels) {
    /**
     * @throws IllegalArgumentException if the arrays do not fit each other
     */
    public AttentionControl {
        if (fromSource.length != source.length
                || own.length != source.length
                || selfReplacePixels.length != source.length) {
            throw new IllegalArgumentException(source.length + " controlled rows with " + fromSource.length
                    + " matrices, " + own.length + " diagonals and " + selfReplacePixels.length + " pixel limits");
        }
        for (int row = 0; row < source.length; row++) {
            if (source[row] < 0 || source[row] >= source.length) {
                throw new IllegalArgumentException(
                        "row " + row + " takes its attention from row " + source[row] + " of " + source.length);
            }
            if (fromSource[row].length != own[row].length * own[row].length) {
                throw new IllegalArgumentException("row " + row + " has a matrix of " + fromSource[row].length
                        + " elements for " + own[row].length + " tokens");
            }
        }
    }

    /** How many rows are controlled. */
    public int rows() {
        return source.length;
    }

    NDArray sourceArray(NDManager owner) {
        long[] indices = new long[source.length];
        for (int row = 0; row < source.length; row++) {
            indices[row] = source[row];
        }
        return owner.create(indices);
    }

    NDArray fromSourceArray(NDManager owner) {
        long tokens = own[0].length;
        return owner.create(concatenate(fromSource), new Shape(rows(), tokens, tokens));
    }

    NDArray ownArray(NDManager owner) {
        return owner.create(concatenate(own), new Shape(rows(), own[0].length));
    }

    private static float[] concatenate(float[][] parts) {
        float[] all = new float[parts.length * parts[0].length];
        for (int i = 0; i < parts.length; i++) {
            System.arraycopy(parts[i], 0, all, i * parts[0].length, parts[0].length);
        }
        return all;
    }

    /**
     * For each resolution of the UNet the rows of the batch whose self-attention maps are used.
     *
     * @param latent {@code [B, C, h, w]}
     * @param levels resolutions, each half of the one before, rounded up
     */
    List<NDArray> selfSources(NDManager owner, Shape latent, int levels) {
        int batch = (int) latent.get(0);
        long height = latent.get(2);
        long width = latent.get(3);
        List<NDArray> result = new ArrayList<>();
        for (int level = 0; level < levels; level++) {
            long[] indices = new long[batch];
            for (int row = 0; row < batch; row++) {
                int controlled = row - (batch - rows());
                boolean replaced = controlled >= 0 && height * width <= selfReplacePixels[controlled];
                indices[row] = replaced ? batch - rows() + source[controlled] : row;
            }
            result.add(owner.create(indices));
            height = (height + 1) / 2;
            width = (width + 1) / 2;
        }
        return result;
    }
}
