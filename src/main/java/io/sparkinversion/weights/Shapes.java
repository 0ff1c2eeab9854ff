package io.sparkinversion.weights;

import java.util.Arrays;

/** Arithmetic on shapes that came from a file and may be hostile. */
final class Shapes {

    /** PyTorch's own bound. */
    static final int MAX_DIMENSIONS = 64;

    private Shapes() {}

    /**
     * The product of the dimensions; 1 for a scalar.
     *
     * @throws WeightsException naming {@code subject} if a dimension is negative or the product exceeds a long
     */
    static long elements(long[] shape, String subject) {
        boolean empty = false;
        for (long dimension : shape) {
            if (dimension < 0) {
                throw new WeightsException(subject + " has a negative dimension in shape " + Arrays.toString(shape));
            }
            empty |= dimension == 0;
        }
        if (empty) {
            return 0;
        }
        long product = 1;
        for (long dimension : shape) {
            product = multiply(product, dimension, subject);
        }
        return product;
    }

    /** Bytes of a tensor; throws like {@link #elements}. */
    static long bytes(long[] shape, WeightType type, String subject) {
        return multiply(elements(shape, subject), type.bytes(), subject);
    }

    /**
     * @throws WeightsException if a buffer, whose size is an int, cannot hold that many bytes
     */
    static int bufferSize(long bytes, String subject) {
        if (bytes > Integer.MAX_VALUE) {
            throw new WeightsException(
                    subject + " has " + bytes + " bytes; one tensor of 2 GiB or more is not supported");
        }
        return (int) bytes;
    }

    private static long multiply(long left, long right, String subject) {
        try {
            return Math.multiplyExact(left, right);
        } catch (ArithmeticException e) {
            throw new WeightsException(subject + " claims more bytes than any file can hold", e);
        }
    }
}
