package io.sparkinversion.image;

/**
 * The middle square of a picture, where null-text inversion's image loader (arXiv 2211.09794) takes it: the longer side
 * loses {@code (long - short) / 2} pixels, rounded down, in front and the rest behind.
 */
public final class SquareCrop {

    private SquareCrop() {}

    /** A square whose side is the shorter side of the source; the source itself if it is square. */
    public static RgbImage centre(RgbImage source) {
        int width = source.width();
        int height = source.height();
        if (width == height) {
            return source;
        }
        int side = Math.min(width, height);
        int left = (width - side) / 2;
        int top = (height - side) / 2;
        byte[] square = new byte[3 * side * side];
        for (int y = 0; y < side; y++) {
            System.arraycopy(source.pixels(), 3 * ((top + y) * width + left), square, 3 * y * side, 3 * side);
        }
        return new RgbImage(side, side, square);
    }
}
