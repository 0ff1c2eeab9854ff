package io.sparkinversion.metrics;

import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.RgbImage;

/** What measures that compare two images ask of them. */
final class ImagePair {
    private ImagePair() {}

    static void requireEqualSizes(RgbImage a, RgbImage b) {
        if (a.width() != b.width() || a.height() != b.height()) {
            throw new IllegalArgumentException(
                    "cannot compare images of different sizes, " + a.size() + " and " + b.size());
        }
    }

    static void requireSize(RgbImage image, PixelMask mask) {
        if (image.width() != mask.width() || image.height() != mask.height()) {
            throw new IllegalArgumentException(
                    "the mask's size " + mask.width() + "x" + mask.height() + " is not the image's, " + image.size());
        }
    }
}
