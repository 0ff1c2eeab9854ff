package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/**
 * Standard normal noise for the images of a batch. It comes from a counter-based generator, Philox 4x32-10 (Salmon et
 * al., "Parallel random numbers: as easy as 1, 2, 3", 2011), and the Box-Muller transform: an image's noise depends on
 * the seed, on the image and on the number of the draw, and not on the batch or the partition that it is in.
 *
 * @param images a number for each image of the batch, such as a hash of its content
 */
public record ImageNoise(List<Long> images) {
    private static final int ROUNDS = 10;
    private static final long FACTOR_0 = 0xD2511F53L;
    private static final long FACTOR_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;
    private static final double UNIT = 0x1p-32;

    public ImageNoise {
        images = List.copyOf(images);
    }

    /** Those of the images of these numbers, in this order. */
    public ImageNoise select(List<Integer> rows) {
        return new ImageNoise(rows.stream().map(images::get).toList());
    }

    /**
     * @param draw which noise of the image, such as the number of a step
     * @param like {@code [B, ...]}, an array with a row for each image
     * @return noise of that shape, float32
     */
    public NDArray at(NDManager owner, long seed, int draw, NDArray like) {
        Shape shape = like.getShape();
        if (shape.get(0) != images.size()) {
            throw new IllegalArgumentException("noise for " + shape.get(0) + " images, there are " + images.size());
        }
        int length = Math.toIntExact(shape.size() / images.size());
        float[] values = new float[length * images.size()];
        for (int row = 0; row < images.size(); row++) {
            fill(values, row * length, length, seed, images.get(row), draw);
        }
        return owner.create(values, shape);
    }

    /** Writes {@code count} standard normal values. */
    static void fill(float[] values, int from, int count, long seed, long image, int draw) {
        int[] key = {(int) seed, (int) (seed >>> 32)};
        for (int block = 0; 4 * block < count; block++) {
            int[] bits = philox(new int[] {block, draw, (int) image, (int) (image >>> 32)}, key);
            for (int pair = 0; pair < 2; pair++) {
                // In (0, 1], so that the logarithm is finite.
                double radius = Math.sqrt(-2 * Math.log((Integer.toUnsignedLong(bits[2 * pair]) + 1) * UNIT));
                double angle = 2 * Math.PI * Integer.toUnsignedLong(bits[2 * pair + 1]) * UNIT;
                int index = 4 * block + 2 * pair;
                if (index < count) {
                    values[from + index] = (float) (radius * Math.cos(angle));
                }
                if (index + 1 < count) {
                    values[from + index + 1] = (float) (radius * Math.sin(angle));
                }
            }
        }
    }

    /** Four words of random bits for a counter of four words and a key of two. */
    static int[] philox(int[] counter, int[] key) {
        int[] c = counter.clone();
        int key0 = key[0];
        int key1 = key[1];
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = FACTOR_0 * Integer.toUnsignedLong(c[0]);
            long product1 = FACTOR_1 * Integer.toUnsignedLong(c[2]);
            c = new int[] {
                (int) (product1 >>> 32) ^ c[1] ^ key0,
                (int) product1,
                (int) (product0 >>> 32) ^ c[3] ^ key1,
                (int) product0
            };
            key0 += WEYL_0;
            key1 += WEYL_1;
        }
        return c;
    }
}
