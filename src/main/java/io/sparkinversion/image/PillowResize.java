package io.sparkinversion.image;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * Resizing that is byte-equal to Pillow's {@code Image.resize} for 8-bit RGB, so that pictures enter the model exactly as
 * they do in the Python reference code.
 *
 * <p>The scheme (Pillow 2.7 and later): convolution with a filter whose support grows with the reduction; horizontally
 * first, then vertically, each pass rounding to 8 bits; weights normalised in double precision and then rounded to 22
 * bits after the point. A pass that would not change the size does not happen.
 */
public final class PillowResize {

    /** 32-bit sums keep 8 bits for the sample and 2 for the overshoot of filters with negative lobes. */
    private static final int FRACTION_BITS = 32 - 8 - 2;

    private PillowResize() {}

    /** Pillow's filters of the same names. */
    public enum Filter {
        /** Keys' cubic with a = -0.5; Pillow's default. */
        BICUBIC(2, PillowResize::cubic),
        /** Sinc under a sinc of three lobes. */
        LANCZOS(3, PillowResize::lanczos),
        /** The triangle. */
        BILINEAR(1, x -> Math.max(0, 1 - Math.abs(x))),
        /** Area average. */
        BOX(0.5, x -> x > -0.5 && x <= 0.5 ? 1 : 0);

        private final double support;
        private final DoubleUnaryOperator kernel;

        Filter(double support, DoubleUnaryOperator kernel) {
            this.support = support;
            this.kernel = kernel;
        }
    }

    /**
     * @return the source itself where it has that size already
     * @throws IllegalArgumentException if a side is below 1 or the result would not fit an array
     */
    public static RgbImage resize(RgbImage source, int width, int height, Filter filter) {
        RgbImage result = source;
        Taps rows = Taps.of(source.height(), height, filter);
        int firstRow = 0;
        if (width != source.width()) {
            // Only rows that the vertical pass reads: a box filter on an odd ratio can leave some out.
            firstRow = rows.first[0];
            int endRow = rows.first[height - 1] + rows.count[height - 1];
            result = horizontal(source, firstRow, endRow, Taps.of(source.width(), width, filter));
        }
        if (height != source.height()) {
            result = vertical(result, firstRow, rows);
        }
        return result;
    }

    private static RgbImage horizontal(RgbImage source, int firstRow, int endRow, Taps taps) {
        int width = taps.first.length;
        RgbImage result = RgbImage.black(width, endRow - firstRow);
        byte[] from = source.pixels();
        byte[] to = result.pixels();
        int target = 0;
        for (int y = firstRow; y < endRow; y++) {
            int row = 3 * y * source.width();
            for (int x = 0; x < width; x++) {
                int red = 1 << (FRACTION_BITS - 1);
                int green = red;
                int blue = red;
                int pixel = row + 3 * taps.first[x];
                int tap = x * taps.stride;
                for (int end = tap + taps.count[x]; tap < end; tap++, pixel += 3) {
                    int weight = taps.weights[tap];
                    red += (from[pixel] & 0xff) * weight;
                    green += (from[pixel + 1] & 0xff) * weight;
                    blue += (from[pixel + 2] & 0xff) * weight;
                }
                to[target++] = clip(red);
                to[target++] = clip(green);
                to[target++] = clip(blue);
            }
        }
        return result;
    }

    /** The source begins with row {@code firstRow} of the picture that the taps were made for. */
    private static RgbImage vertical(RgbImage source, int firstRow, Taps taps) {
        int height = taps.first.length;
        RgbImage result = RgbImage.black(source.width(), height);
        byte[] from = source.pixels();
        byte[] to = result.pixels();
        int rowBytes = 3 * source.width();
        int[] sums = new int[rowBytes];
        for (int y = 0; y < height; y++) {
            Arrays.fill(sums, 1 << (FRACTION_BITS - 1));
            for (int k = 0; k < taps.count[y]; k++) {
                int weight = taps.weights[y * taps.stride + k];
                int row = (taps.first[y] - firstRow + k) * rowBytes;
                for (int i = 0; i < rowBytes; i++) {
                    sums[i] += (from[row + i] & 0xff) * weight;
                }
            }
            for (int i = 0; i < rowBytes; i++) {
                to[y * rowBytes + i] = clip(sums[i]);
            }
        }
        return result;
    }

    private static byte clip(int sum) {
        return (byte) Math.max(0, Math.min(255, sum >> FRACTION_BITS));
    }

    private static double cubic(double x) {
        double a = -0.5;
        double t = Math.abs(x);
        if (t < 1) {
            return ((a + 2) * t - (a + 3)) * t * t + 1;
        }
        return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
    }

    private static double lanczos(double x) {
        return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    }

    private static double sinc(double x) {
        if (x == 0) {
            return 1;
        }
        double angle = x * Math.PI;
        return StrictMath.sin(angle) / angle;
    }

    /**
     * Which source samples make each target sample, along one side.
     *
     * @param first index of the first source sample, per target sample
     * @param count how many follow it
     * @param stride distance between the weights of neighbouring target samples
     * @param weights fixed point with {@link #FRACTION_BITS} after the point
     */
    private record Taps(int[] first, int[] count, int stride, int[] weights) {

        static Taps of(int sourceSize, int targetSize, Filter filter) {
            if (targetSize < 1) {
                throw new IllegalArgumentException("cannot resize to a side of " + targetSize + " pixels");
            }
            double scale = (double) sourceSize / targetSize;
            double filterScale = Math.max(scale, 1);
            double support = filter.support * filterScale;
            int stride = (int) Math.ceil(support) * 2 + 1;
            int[] first = new int[targetSize];
            int[] count = new int[targetSize];
            int[] weights = new int[Math.multiplyExact(targetSize, stride)];
            double[] raw = new double[stride];
            for (int target = 0; target < targetSize; target++) {
                double centre = (target + 0.5) * scale;
                first[target] = Math.max(0, (int) (centre - support + 0.5));
                count[target] = Math.min(sourceSize, (int) (centre + support + 0.5)) - first[target];
                double total = 0;
                for (int k = 0; k < count[target]; k++) {
                    // Multiplied by the inverse, as Pillow does: a division would round differently.
                    raw[k] = filter.kernel.applyAsDouble((k + first[target] - centre + 0.5) * (1 / filterScale));
                    total += raw[k];
                }
                for (int k = 0; k < count[target]; k++) {
                    double weight = (total == 0 ? raw[k] : raw[k] / total) * (1 << FRACTION_BITS);
                    weights[target * stride + k] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
                }
            }
            return new Taps(first, count, stride, weights);
        }
    }
}
