package io.sparkinversion.image;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * Resizing whose bytes equal those of Pillow's {@code Image.resize} on 8-bit RGB: separable convolution, rows first,
 * with the filter stretched when the image shrinks (antialiasing), in fixed point, rounded to 8 bits after each pass.
 */
public final class PillowResize {
    /** Fraction bits of a weight: 32, less 8 of the sample and 2 of headroom for weights whose sum overshoots 1. */
    private static final int FRACTION_BITS = 32 - 8 - 2;

    private static final int HALF = 1 << (FRACTION_BITS - 1);

    private PillowResize() {}

    /** Pillow's filters of these names. */
    public enum Filter {
        /** Cubic convolution with a = -0.5 (Keys 1981). */
        BICUBIC(2, PillowResize::cubic),
        /** Sinc windowed by a sinc three times as wide. */
        LANCZOS(3, x -> x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0),
        /** Triangle. */
        BILINEAR(1, x -> Math.max(0, 1 - Math.abs(x))),
        /** Mean over the covered pixels. */
        BOX(0.5, x -> x > -0.5 && x <= 0.5 ? 1 : 0);

        private final double support;
        private final DoubleUnaryOperator kernel;

        Filter(double support, DoubleUnaryOperator kernel) {
            this.support = support;
            this.kernel = kernel;
        }
    }

    /**
     * @param width of the result, at least 1
     * @param height of the result, at least 1
     * @return the image itself where it has that size already
     * @throws IllegalArgumentException if a side is below 1, or the result has more pixels than an array holds
     */
    public static RgbImage resize(RgbImage image, int width, int height, Filter filter) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException(
                    "cannot resize to " + width + "x" + height + "; both sides must be 1 or more");
        }
        if ((long) width * Math.max(height, image.height()) > RgbImage.MAX_PIXELS) {
            throw new IllegalArgumentException("cannot resize " + image.size() + " to " + width + "x" + height
                    + "; that is more than " + RgbImage.MAX_PIXELS + " pixels");
        }
        RgbImage rows = image.width() == width ? image : horizontally(image, width, filter);
        return rows.height() == height ? rows : vertically(rows, height, filter);
    }

    private static RgbImage horizontally(RgbImage image, int width, Filter filter) {
        Weights weights = Weights.of(image.width(), width, filter);
        RgbImage result = RgbImage.black(width, image.height());
        byte[] from = image.pixels();
        byte[] to = result.pixels();
        int at = 0;
        for (int y = 0; y < image.height(); y++) {
            int row = y * image.width() * RgbImage.CHANNELS;
            for (int x = 0; x < width; x++) {
                int[] taps = weights.taps[x];
                int source = row + weights.first[x] * RgbImage.CHANNELS;
                int red = HALF;
                int green = HALF;
                int blue = HALF;
                for (int tap : taps) {
                    red += tap * (from[source] & 0xff);
                    green += tap * (from[source + 1] & 0xff);
                    blue += tap * (from[source + 2] & 0xff);
                    source += RgbImage.CHANNELS;
                }
                to[at++] = clamp(red);
                to[at++] = clamp(green);
                to[at++] = clamp(blue);
            }
        }
        return result;
    }

    private static RgbImage vertically(RgbImage image, int height, Filter filter) {
        Weights weights = Weights.of(image.height(), height, filter);
        RgbImage result = RgbImage.black(image.width(), height);
        byte[] from = image.pixels();
        byte[] to = result.pixels();
        int length = image.width() * RgbImage.CHANNELS;
        int[] sums = new int[length];
        for (int y = 0; y < height; y++) {
            Arrays.fill(sums, HALF);
            int source = weights.first[y] * length;
            for (int tap : weights.taps[y]) {
                for (int i = 0; i < length; i++) {
                    sums[i] += tap * (from[source + i] & 0xff);
                }
                source += length;
            }
            int at = y * length;
            for (int i = 0; i < length; i++) {
                to[at + i] = clamp(sums[i]);
            }
        }
        return result;
    }

    private static byte clamp(int fixed) {
        return (byte) Math.max(0, Math.min(255, fixed >> FRACTION_BITS));
    }

    private static double cubic(double x) {
        final double a = -0.5;
        double d = Math.abs(x);
        if (d < 1) {
            return ((a + 2) * d - (a + 3)) * d * d + 1;
        }
        return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
    }

    private static double sinc(double x) {
        if (x == 0) {
            return 1;
        }
        double angle = x * Math.PI;
        return Math.sin(angle) / angle;
    }

    /**
     * What each output position takes along one axis.
     *
     * @param first the first input position that it takes
     * @param taps the weights from there on, in fixed point
     */
    private record Weights(int[] first, int[][] taps) {

        static Weights of(int inputs, int outputs, Filter filter) {
            double scale = (double) inputs / outputs;
            double stretch = Math.max(1, scale);
            double reach = filter.support * stretch;
            double shrink = 1 / stretch;
            int[] first = new int[outputs];
            int[][] taps = new int[outputs][];
            for (int i = 0; i < outputs; i++) {
                double centre = (i + 0.5) * scale;
                // Truncation towards zero, before the bounds, is part of the definition.
                int begin = Math.max(0, (int) (centre - reach + 0.5));
                int end = Math.min(inputs, (int) (centre + reach + 0.5));
                double[] weights = new double[end - begin];
                double sum = 0;
                for (int k = 0; k < weights.length; k++) {
                    weights[k] = filter.kernel.applyAsDouble((k + begin - centre + 0.5) * shrink);
                    sum += weights[k];
                }
                first[i] = begin;
                taps[i] = fixedPoint(weights, sum);
            }
            return new Weights(first, taps);
        }

        private static int[] fixedPoint(double[] weights, double sum) {
            int[] fixed = new int[weights.length];
            for (int k = 0; k < fixed.length; k++) {
                double scaled = (sum == 0 ? weights[k] : weights[k] / sum) * (1 << FRACTION_BITS);
                fixed[k] = (int) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
            }
            return fixed;
        }
    }
}
