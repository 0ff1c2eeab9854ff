package io.sparkinversion.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.torchscript.Argument;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

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
 * @param shares what rows of the whole batch take from others of its rows besides
 * @param regions rows of the whole batch whose self-attention keeps to regions; mostly none
 */
public record AttentionControl(
        int[] source,
        float[][] fromSource,
        float[][] own,
        int[] selfReplacePixels,
        List<Share> shares,
        List<Region> regions) {
    /** What keys out of reach count less than others; it leaves nothing of them, in float16 as well. */
    private static final float UNSEEN = -30_000;

    /** What one row can take from another. */
    public enum Part {
        /** Of self-attention. */
        QUERIES,
        KEYS,
        VALUES,
        /** The hidden state of the decoder's first residual block with transformers ({@code injectedBlock}). */
        FEATURES
    }

    /**
     * @param row of the whole batch
     * @param from the row that it takes from
     * @param firstLayer of self-attention, in the order of use from 0; no meaning for features
     */
    public record Share(int row, int from, int firstLayer, Part part) {}

    /**
     * Regions of a latent: queries inside see the keys inside, those outside the keys outside.
     *
     * @param row of the whole batch
     * @param firstLayer of self-attention, in the order of use from 0
     * @param height of the latent that the regions are drawn on
     * @param width likewise
     * @param keys by latent element whether it is inside, for the latent that keys come from
     * @param queries likewise for the row's own
     */
    public record Region(int row, int firstLayer, int height, int width, boolean[] keys, boolean[] queries) {}

    /** With self-attention as the pixel limits say. */
    public AttentionControl(int[] source, float[][] fromSource, float[][] own, int[] selfReplacePixels) {
        this(source, fromSource, own, selfReplacePixels, List.of(), List.of());
    }

    /** The same with these shares and regions. */
    public AttentionControl with(List<Share> others, List<Region> regionsOfRows) {
        return new AttentionControl(source, fromSource, own, selfReplacePixels, others, regionsOfRows);
    }

    /**
     * @throws IllegalArgumentException if the arrays do not fit each other
     */
    public AttentionControl {
        shares = List.copyOf(shares);
        regions = List.copyOf(regions);
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
     * For each transformer of the UNet the rows of the batch whose queries, keys or values are used.
     *
     * @param latent {@code [B, C, h, w]}
     * @param levels of the transformers, in the order of their use; each level is half of the one before, rounded up
     */
    List<NDArray> selfRows(NDManager owner, Shape latent, List<Integer> levels, Part part) {
        int batch = (int) latent.get(0);
        List<NDArray> result = new ArrayList<>();
        for (int layer = 0; layer < levels.size(); layer++) {
            long pixels = halved(latent.get(2), levels.get(layer)) * halved(latent.get(3), levels.get(layer));
            long[] rows = identity(batch);
            for (int controlled = 0; part != Part.VALUES && controlled < rows(); controlled++) {
                if (pixels <= selfReplacePixels[controlled]) {
                    rows[batch - rows() + controlled] = batch - (long) rows() + source[controlled];
                }
            }
            for (Share share : shares) {
                if (share.part() == part && layer >= share.firstLayer()) {
                    rows[share.row()] = share.from();
                }
            }
            result.add(owner.create(rows));
        }
        return result;
    }

    /**
     * For each transformer what is added to the logits of the keys, {@code [B, 1, 1, H W]}.
     *
     * @param inside whether for attention to the keys inside
     */
    List<NDArray> keyBias(NDManager owner, Shape latent, List<Integer> levels, boolean inside) {
        return byLayer(owner, latent, levels, true, (region, element) -> region.keys()[element] == inside ? 0 : UNSEEN);
    }

    /** For each transformer 1 for the queries inside, {@code [B, 1, H W, 1]}; all of rows without a region. */
    List<NDArray> queriesInside(NDManager owner, Shape latent, List<Integer> levels) {
        return byLayer(owner, latent, levels, false, (region, element) -> region.queries()[element] ? 1 : 0);
    }

    private interface RegionValue {
        float of(Region region, int element);
    }

    private List<NDArray> byLayer(
            NDManager owner, Shape latent, List<Integer> levels, boolean keys, RegionValue value) {
        int batch = (int) latent.get(0);
        List<NDArray> result = new ArrayList<>();
        for (int layer = 0; layer < levels.size(); layer++) {
            int height = (int) halved(latent.get(2), levels.get(layer));
            int width = (int) halved(latent.get(3), levels.get(layer));
            int pixels = height * width;
            float[] values = new float[batch * pixels];
            Arrays.fill(values, keys ? 0 : 1);
            for (Region region : regions) {
                for (int pixel = 0; layer >= region.firstLayer() && pixel < pixels; pixel++) {
                    // Nearest, as the region's own pixels may be more.
                    int y = pixel / width * region.height() / height;
                    int x = pixel % width * region.width() / width;
                    values[region.row() * pixels + pixel] = value.of(region, y * region.width() + x);
                }
            }
            Shape shape = keys ? new Shape(batch, 1, 1, pixels) : new Shape(batch, 1, pixels, 1);
            result.add(owner.create(values, shape));
        }
        return result;
    }

    /** The rows of the batch whose features are used. */
    NDArray featureRows(NDManager owner, int batch) {
        long[] rows = identity(batch);
        for (Share share : shares) {
            if (share.part() == Part.FEATURES) {
                rows[share.row()] = share.from();
            }
        }
        return owner.create(rows);
    }

    private static long[] identity(int batch) {
        return LongStream.range(0, batch).toArray();
    }

    private static long halved(long side, int times) {
        long result = side;
        for (int i = 0; i < times; i++) {
            result = (result + 1) / 2;
        }
        return result;
    }

    /**
     * What the controlled methods of the UNet take after their common inputs.
     *
     * @param latent the batch's shape
     * @param levels of the UNet's transformer blocks, in the order of their use
     */
    Argument[] arguments(NDManager scope, Conditioning text, Shape latent, List<Integer> levels) {
        List<Argument> arguments = new ArrayList<>(List.of(
                Argument.of(text.keysValues()),
                Argument.of(sourceArray(scope)),
                Argument.of(fromSourceArray(scope)),
                Argument.of(ownArray(scope)),
                Argument.of(selfRows(scope, latent, levels, Part.QUERIES)),
                Argument.of(selfRows(scope, latent, levels, Part.KEYS)),
                Argument.of(selfRows(scope, latent, levels, Part.VALUES))));
        if (!regions().isEmpty()) {
            arguments.add(Argument.of(keyBias(scope, latent, levels, true)));
            arguments.add(Argument.of(keyBias(scope, latent, levels, false)));
            arguments.add(Argument.of(queriesInside(scope, latent, levels)));
        }
        arguments.add(Argument.of(featureRows(scope, (int) latent.get(0))));
        return arguments.toArray(Argument[]::new);
    }
}
