package io.sparkinversion.image;

import java.awt.image.BufferedImage;
import java.util.Arrays;

/**
 * An 8-bit RGB image. Its pixels are not copied: whoever holds the array leaves it unchanged.
 *
 * @param width pixels, at least 1
 * @param height pixels, at least 1
 * @param pixels {@code [height, width, 3]}: rows from the top, each pixel as red, green, blue, 0 to 255 unsigned
 */
public record RgbImage(int width, int height, byte[] pixels) {
    /** Samples of a pixel. */
    public static final int CHANNELS = 3;

    /** The most pixels that fit in one Java array. */
    static final long MAX_PIXELS = (Integer.MAX_VALUE - 8) / CHANNELS;

    /**
     * @throws IllegalArgumentException if a side is below 1, or the array's length is not {@code width * height * 3}
     */
    public RgbImage {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException(
                    "image size is " + width + "x" + height + "; both sides must be 1 or more");
        }
        if (pixels.length != (long) width * height * CHANNELS) {
            throw new IllegalArgumentException("image of " + width + "x" + height + " needs "
                    + (long) width * height * CHANNELS + " bytes of pixels but has " + pixels.length);
        }
    }

    /** A black image. */
    static RgbImage black(int width, int height) {
        return new RgbImage(width, height, new byte[Math.multiplyExact(Math.multiplyExact(width, height), CHANNELS)]);
    }

    /**
     * Takes an image's stored samples as they are: grey becomes three equal channels, alpha is dropped, 16-bit samples
     * keep their high byte, and no colour profile is applied.
     *
     * @throws IllegalArgumentException if the image is neither grey, nor RGB, nor indexed
     */
    public static RgbImage of(BufferedImage image) {
        return Samples.rgb(image.getRaster(), image.getColorModel());
    }

    /** A copy as {@link BufferedImage#TYPE_INT_RGB}. */
    public BufferedImage toBufferedImage() {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int[] row = new int[width];
        int at = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++, at += CHANNELS) {
                row[x] = (pixels[at] & 0xff) << 16 | (pixels[at + 1] & 0xff) << 8 | pixels[at + 2] & 0xff;
            }
            image.getRaster().setDataElements(0, y, width, 1, row);
        }
        return image;
    }

    /** A part of these sides; the image itself where that is all of it. */
    RgbImage part(int left, int top, Size size) {
        if (size.width() == width && size.height() == height) {
            return this;
        }
        RgbImage part = black(size.width(), size.height());
        int length = size.width() * CHANNELS;
        for (int y = 0; y < size.height(); y++) {
            System.arraycopy(pixels, ((top + y) * width + left) * CHANNELS, part.pixels, y * length, length);
        }
        return part;
    }

    /** The same with another image over a part of it. */
    RgbImage with(RgbImage part, int left, int top) {
        byte[] all = pixels.clone();
        int length = part.width * CHANNELS;
        for (int y = 0; y < part.height; y++) {
            System.arraycopy(part.pixels, y * length, all, ((top + y) * width + left) * CHANNELS, length);
        }
        return new RgbImage(width, height, all);
    }

    /** Such as {@code 640x480}, width first. */
    public String size() {
        return width + "x" + height;
    }

    /** Equal sizes and equal pixels. */
    @Override
    public boolean equals(Object other) {
        return other instanceof RgbImage image
                && width == image.width
                && height == image.height
                && Arrays.equals(pixels, image.pixels);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * width + height) + Arrays.hashCode(pixels);
    }

    @Override
    public String toString() {
        return "RgbImage[" + size() + "]";
    }
}
