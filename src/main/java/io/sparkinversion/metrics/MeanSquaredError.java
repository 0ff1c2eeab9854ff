package io.sparkinversion.metrics;

import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.RgbImage;

/** Mean squared difference of values in [0, 1], over all pixels and channels at once. */
public final class MeanSquaredError {

    private MeanSquaredError() {}

    /**
     * @return 0 for equal images, 1 at the most
     * @throws IllegalArgumentException if the sizes differ
     */
    public static double of(RgbImage a, RgbImage b) {
        ImagePair.requireEqualSizes(a, b);
        return of(a, b, PixelMask.whole(a.width(), a.height()));
    }

    /**
     * Of the pixels inside a mask alone, whose number is what the sum is divided by.
     *
     * @return as {@link #of(RgbImage, RgbImage)}; NaN where no pixel is inside
     * @throws IllegalArgumentException if the sizes of images and mask differ
     */
    public static double of(RgbImage a, RgbImage b, PixelMask where) {
        ImagePair.requireEqualSizes(a, b);
        ImagePair.requireSize(a, where);
        byte[] first = a.pixels();
        byte[] second = b.pixels();
        boolean[] inside = where.inside();
        // Exact in integers: order and vector width cannot change the result.
        long sum = 0;
        for (int pixel = 0, i = 0; pixel < inside.length; pixel++, i += RgbImage.CHANNELS) {
            if (inside[pixel]) {
                sum += squared(first[i], second[i])
                        + squared(first[i + 1], second[i + 1])
                        + squared(first[i + 2], second[i + 2]);
            }
        }
        return (double) sum / (RgbImage.CHANNELS * (long) where.count()) / (255.0 * 255.0);
    }

    private static int squared(byte a, byte b) {
        int difference = (a & 0xff) - (b & 0xff);
        return difference * difference;
    }
}
