package io.sparkinversion.image;

import java.util.Arrays;

/**
 * A part of a picture, such as the one that an edit may change.
 *
 * @param width pixels
 * @param height pixels
 * @param inside row by row, from the top left; not to be changed
 */
public record PixelMask(int width, int height, boolean[] inside) {
    /**
     * @throws IllegalArgumentException if there are no pixels, or not as many as the sides say
     */
    public PixelMask {
        if (width < 1 || height < 1 || inside.length != (long) width * height) {
            throw new IllegalArgumentException(
                    "a mask of " + width + " x " + height + " pixels with " + inside.length + " values");
        }
    }

    /** All pixels of a picture. */
    public static PixelMask whole(int width, int height) {
        return new PixelMask(width, height, new boolean[Math.multiplyExact(width, height)]).complement();
    }

    public boolean at(int x, int y) {
        return inside[y * width + x];
    }

    public PixelMask complement() {
        boolean[] outside = new boolean[inside.length];
        for (int i = 0; i < outside.length; i++) {
            outside[i] = !inside[i];
        }
        return new PixelMask(width, height, outside);
    }

    /** The same with the outermost rows and columns inside, one pixel wide. */
    public PixelMask withBorder() {
        boolean[] result = inside.clone();
        Arrays.fill(result, 0, width, true);
        Arrays.fill(result, result.length - width, result.length, true);
        for (int row = 0; row < result.length; row += width) {
            result[row] = true;
            result[row + width - 1] = true;
        }
        return new PixelMask(width, height, result);
    }

    /** The nearest pixels' values: pixel x is taken from x * width / newWidth, rounded down. */
    public PixelMask resized(int newWidth, int newHeight) {
        boolean[] result = new boolean[Math.multiplyExact(newWidth, newHeight)];
        for (int y = 0; y < newHeight; y++) {
            for (int x = 0; x < newWidth; x++) {
                result[y * newWidth + x] =
                        at((int) ((long) x * width / newWidth), (int) ((long) y * height / newHeight));
            }
        }
        return new PixelMask(newWidth, newHeight, result);
    }

    /** A part of these sides. */
    PixelMask part(int left, int top, Size size) {
        boolean[] part = new boolean[Math.multiplyExact(size.width(), size.height())];
        for (int y = 0; y < size.height(); y++) {
            System.arraycopy(inside, (top + y) * width + left, part, y * size.width(), size.width());
        }
        return new PixelMask(size.width(), size.height(), part);
    }

    /** How many pixels are inside. */
    public int count() {
        int count = 0;
        for (boolean each : inside) {
            count += each ? 1 : 0;
        }
        return count;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PixelMask mask
                && width == mask.width
                && height == mask.height
                && Arrays.equals(inside, mask.inside);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * width + height) + Arrays.hashCode(inside);
    }
}
