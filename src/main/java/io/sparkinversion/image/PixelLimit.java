package io.sparkinversion.image;

import io.sparkinversion.image.ImageException.Kind;

/**
 * The bound that a header's dimensions are held against as soon as they are known.
 *
 * @param maxPixels the most that width x height may be
 */
record PixelLimit(long maxPixels) {
    /** Twice JPEG's own bound. Codecs hold several rows at up to eight bytes a pixel. */
    private static final int MAX_SIDE = 2 * 65_536;

    /**
     * @throws ImageException {@link Kind#CORRUPT} if a side is below 1, {@link Kind#TOO_LARGE} if one is above {@value
     *     #MAX_SIDE}, or the product is above the bound or above what fits one array
     */
    void check(String format, int width, int height) throws ImageException {
        if (width < 1 || height < 1) {
            throw ImageException.corrupt("%s header says %d x %d pixels", format, width, height);
        }
        long pixels = (long) width * height;
        long bound = Math.min(maxPixels, RgbImage.MAX_PIXELS);
        if (pixels > bound) {
            throw new ImageException(
                    Kind.TOO_LARGE,
                    "%s header says %d x %d = %d pixels, more than the bound of %d"
                            .formatted(format, width, height, pixels, bound));
        }
        if (Math.max(width, height) > MAX_SIDE) {
            throw new ImageException(
                    Kind.TOO_LARGE,
                    "%s header says %d x %d pixels, a side of more than %d".formatted(format, width, height, MAX_SIDE));
        }
    }
}
