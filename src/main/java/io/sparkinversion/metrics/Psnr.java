package io.sparkinversion.metrics;

import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.RgbImage;

/** Peak signal-to-noise ratio in dB, over all pixels and channels at once. */
public final class Psnr {

    private Psnr() {}

    /**
     * Data range 255 on 8-bit values, which is data range 1 on values in [0, 1].
     *
     * @return {@code 20 log10(255) - 10 log10(mean squared difference)}, positive infinity where the images are equal
     * @throws IllegalArgumentException if the sizes differ
     */
    public static double of(RgbImage a, RgbImage b) {
        return fromMeanSquare(MeanSquaredError.of(a, b));
    }

    /**
     * Of the pixels inside a mask alone, whose number is what the squared differences are divided by: equal errors give
     * equal values, however small the mask.
     *
     * @return as {@link #of(RgbImage, RgbImage)}; NaN where no pixel is inside
     * @throws IllegalArgumentException if the sizes of images and mask differ
     */
    public static double of(RgbImage a, RgbImage b, PixelMask where) {
        return fromMeanSquare(MeanSquaredError.of(a, b, where));
    }

    /**
     * Data range 1.
     *
     * @param a values in [0, 1]
     * @param b as many, in the same order
     * @return {@code -10 log10(mean squared difference)}, positive infinity where all are equal, NaN where one is NaN
     * @throws IllegalArgumentException if the lengths differ or are 0
     */
    public static double ofFloats(float[] a, float[] b) {
        if (a.length != b.length || a.length == 0) {
            throw new IllegalArgumentException(
                    "cannot compare arrays of %d and %d values".formatted(a.length, b.length));
        }
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = (double) a[i] - b[i];
            sum += difference * difference;
        }
        return fromMeanSquare(sum / a.length);
    }

    private static double fromMeanSquare(double meanSquare) {
        return meanSquare == 0 ? Double.POSITIVE_INFINITY : -10 * Math.log10(meanSquare);
    }
}
