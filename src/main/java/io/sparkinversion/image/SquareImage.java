package io.sparkinversion.image;

import io.sparkinversion.image.PillowResize.Filter;

/** What every picture goes through before the model sees it: centre square, then resize. */
public final class SquareImage {

    private SquareImage() {}

    /**
     * @param size side of the result in pixels, 1 or more
     * @throws IllegalArgumentException if the size is below 1
     */
    public static RgbImage prepare(RgbImage source, int size, Filter filter) {
        return PillowResize.resize(SquareCrop.centre(source), size, size, filter);
    }

    /**
     * The same from encoded bytes.
     *
     * @param maxPixels see {@link ImageDecoder#decode}
     * @throws ImageException if the bytes are unusable
     */
    public static RgbImage prepare(byte[] encoded, long maxPixels, int size, Filter filter) throws ImageException {
        return prepare(ImageDecoder.decode(encoded, maxPixels), size, filter);
    }
}
