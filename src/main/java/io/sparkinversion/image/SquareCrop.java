package io.sparkinversion.image;

/** The crop that negative-prompt inversion's reference code makes before it resizes. */
public final class SquareCrop {
    private SquareCrop() {}

    /**
     * The middle square, its side the shorter side of the image. Where the longer side leaves an odd rest, the square
     * lies half a pixel towards the left or the top.
     *
     * @return the image itself where it is square
     */
    public static RgbImage centre(RgbImage image) {
        int width = image.width();
        int height = image.height();
        if (width == height) {
            return image;
        }
        int side = Math.min(width, height);
        int left = (width - side) / 2;
        int top = (height - side) / 2;
        return image.part(left, top, new Size(side, side));
    }

    /** The part of a mask that lies over the part of the image that {@link #centre(RgbImage)} keeps. */
    public static PixelMask centre(PixelMask mask) {
        int side = Math.min(mask.width(), mask.height());
        int left = (mask.width() - side) / 2;
        int top = (mask.height() - side) / 2;
        return mask.part(left, top, new Size(side, side));
    }
}
