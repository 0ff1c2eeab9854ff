package io.sparkinversion.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Views with strides, as PyTorch has them, and their row-major copies. */
final class StridedCopy {

    private StridedCopy() {}

    /** Whether the view's elements lie in row-major order without gaps; strides of size-1 dimensions do not matter. */
    static boolean isRowMajor(long[] shape, long[] strides) {
        long expected = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            if (shape[i] != 1 && strides[i] != expected) {
                return false;
            }
            expected *= shape[i];
        }
        return true;
    }

    /**
     * @param source from the view's first element on
     * @param shape without zeros
     * @param strides in elements; no element lies outside of {@code source}, which the caller has checked
     * @param width bytes an element: 1, 2, 4 or 8
     * @param elements product of the shape
     * @return direct, little-endian, position 0
     */
    static ByteBuffer rowMajor(ByteBuffer source, long[] shape, long[] strides, int width, int elements) {
        ByteBuffer target = ByteBuffer.allocateDirect(elements * width).order(ByteOrder.LITTLE_ENDIAN);
        long[] index = new long[shape.length];
        long element = 0;
        for (int i = 0; i < elements; i++) {
            int from = (int) (element * width);
            int to = i * width;
            switch (width) {
                case 1 -> target.put(to, source.get(from));
                case 2 -> target.putShort(to, source.getShort(from));
                case 4 -> target.putInt(to, source.getInt(from));
                default -> target.putLong(to, source.getLong(from));
            }
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                element += strides[axis];
                if (++index[axis] < shape[axis]) {
                    break;
                }
                element -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }
        return target;
    }
}
