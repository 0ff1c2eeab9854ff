package io.sparkinversion.platform;

import java.util.SplittableRandom;

/**
 * Made-up tensors that cost nothing to hold: the elements of each are one block of numbers, over and over from some
 * offset on, so that Java and libtorch both have them without passing them. Multiples of 1/64 in [-1, 1], which every
 * type holds exactly; the block's length is prime, so that no row repeats another.
 *
 * @param offset of the first element in the block
 * @param factor that all are multiplied by, a power of two
 * @param shape of the tensor
 */
public record Numbers(int offset, double factor, long... shape) {
    private static final int LENGTH = 65_537;
    private static final float[] BLOCK = makeUp();

    Numbers(int offset, long... shape) {
        this(offset, 1, shape);
    }

    private static float[] makeUp() {
        SplittableRandom random = new SplittableRandom(14);
        float[] block = new float[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            block[i] = random.nextInt(-64, 65) / 64f;
        }
        return block;
    }

    /** The block, which {@link #expression} takes. */
    static float[] block() {
        return BLOCK;
    }

    int size() {
        long size = 1;
        for (long side : shape) {
            size *= side;
        }
        return Math.toIntExact(size);
    }

    /** Element i in row-major order. */
    float at(int i) {
        return (float) (factor * BLOCK[(offset + i) % LENGTH]);
    }

    /** The tensor in TorchScript, of the block. */
    String expression(String block) {
        StringBuilder sides = new StringBuilder();
        for (long side : shape) {
            sides.append(sides.isEmpty() ? "" : ", ").append(side);
        }
        int end = offset + size();
        int repeats = (end + LENGTH - 1) / LENGTH;
        String part = "torch.slice(torch.repeat(" + block + ", [" + repeats + "]), 0, " + offset + ", " + end + ", 1)";
        String tensor = "torch.reshape(" + part + ", [" + sides + "])";
        return factor == 1 ? tensor : "torch.mul(" + tensor + ", " + factor + ")";
    }
}
