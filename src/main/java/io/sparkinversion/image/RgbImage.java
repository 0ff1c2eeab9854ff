package io.sparkinversion.image;

import java.awt.image.BufferedImage;
import java.util.Arrays;

/**
 * An 8-bit colour picture without alpha and without a colour profile.
 *
 * <p>The array is not copied, neither in nor out: whoever hands it over stops writing to it.
 *
 * @param width pixels, 1 or more
 * @param height pixels, 1 or more
 * @param pixels {@code [height, width, 3]}, row-major, R G B interleaved, unsigned
 */
public record RgbImage(int width, int height, byte[] pixels) {

    /** Pixels of the largest picture that fits one Java array. */
    public static final long MAX_PIXELS = (Integer.MAX_VALUE - 8) / 3;

    /**
     * @throws IllegalArgumentException if a side is below 1, or the array's length is not {@code 3 * width * height}
     */
    public RgbImage {
        checkSize(width, height);
        if (pixels.length != 3 * width * height) {
            throw new IllegalArgumentException("an RGB image of %d x %d has %d bytes, not %d"
                    .formatted(width, height, 3L * width * height, pixels.length));
        }
    }

    /**
     * A black picture.
     *
     * @throws IllegalArgumentException if a side is below 1 or the picture has more than {@link #MAX_PIXELS}
     */
    public static RgbImage black(int width, int height) {
        checkSize(width, height);
        return new RgbImage(width, height, new byte[3 * width * height]);
    }

    /**
     * The sample values as they are stored: alpha is dropped, 16-bit samples keep their high byte, and no colour profile
     * is applied (so linear-light grey stays the same number, where {@code BufferedImage.getRGB} would brighten it).
     */
    public static RgbImage of(BufferedImage image) {
        return Samples.rgb(image.getRaster(), image.getColorModel());
    }

    /** A copy as {@link BufferedImage#TYPE_3BYTE_BGR}. */
    public BufferedImage toBufferedImage() {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        // The raster's bands are R, G, B; that the bytes lie the other way round is the sample model's affair.
        image.getRaster().setDataElements(0, 0, width, height, pixels);
        return image;
    }

    /** The sample of channel 0 (red), 1 (green) or 2 (blue), in 0..255. */
    public int sample(int x, int y, int channel) {
        return pixels[3 * (y * width + x) + channel] & 0xff;
    }

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
        return "RgbImage[" + width + " x " + height + "]";
    }

    private static void checkSize(int width, int height) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException(
                    "an image needs at least 1 x 1 pixels, not %d x %d".formatted(width, height));
        }
        if ((long) width * height > MAX_PIXELS) {
            throw new IllegalArgumentException("an image of %d x %d is larger than the %d pixels that fit one array"
                    .formatted(width, height, MAX_PIXELS));
        }
    }
}
