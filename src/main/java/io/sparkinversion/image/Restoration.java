package io.sparkinversion.image;

import io.sparkinversion.image.PillowResize.Filter;

/**
 * Gives what was made of a picture the picture's own size.
 *
 * @param original the picture
 * @param placement which part of it the results show
 * @param filter that they are resampled with
 */
public record Restoration(RgbImage original, Placement placement, Filter filter) {

    /** Results keep the size of the image that they were made of. */
    public static Restoration none(RgbImage image) {
        return new Restoration(image, Placement.same(image), Filter.BICUBIC);
    }

    /** @param result of the size that the part was resized to */
    public RgbImage apply(RgbImage result) {
        return placement.restore(result, original, filter);
    }

    public PixelMask apply(PixelMask mask) {
        return placement.restore(mask);
    }
}
