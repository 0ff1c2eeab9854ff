package io.sparkinversion.image;

import java.awt.color.ColorSpace;
import java.awt.image.ColorModel;
import java.awt.image.ComponentSampleModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * Stored samples to 8-bit RGB, past Java's colour management.
 *
 * <p>{@code BufferedImage.getRGB} converts every non-sRGB picture, and takes grey to be linear light; Pillow's
 * {@code convert("RGB")}, which the reference code goes through, leaves sample values alone. So do we.
 */
final class Samples {

    private Samples() {}

    /**
     * @param model tells a palette apart from plain samples; null for plain samples
     * @throws IllegalArgumentException if the raster is not grey, RGB, either with alpha, or a palette
     */
    static RgbImage rgb(Raster raster, ColorModel model) {
        requireGreyOrRgb(raster, model);
        RgbImage image = RgbImage.black(raster.getWidth(), raster.getHeight());
        if (model instanceof IndexColorModel palette) {
            copyPalette(raster, palette, image.pixels());
        } else if (isByteComponents(raster)) {
            copyBytes(raster, image.pixels());
        } else {
            copyScaled(raster, image.pixels());
        }
        return image;
    }

    private static void requireGreyOrRgb(Raster raster, ColorModel model) {
        int type = raster.getTransferType();
        boolean whole = type == DataBuffer.TYPE_BYTE || type == DataBuffer.TYPE_USHORT || type == DataBuffer.TYPE_INT;
        int space = model == null ? ColorSpace.TYPE_RGB : model.getColorSpace().getType();
        if (!whole || space != ColorSpace.TYPE_RGB && space != ColorSpace.TYPE_GRAY || raster.getNumBands() > 4) {
            throw new IllegalArgumentException("image of %d bands, transfer type %d and colour space type %d is neither"
                    .formatted(raster.getNumBands(), type, space) + " grey nor RGB in whole numbers");
        }
    }

    private static void copyPalette(Raster raster, IndexColorModel palette, byte[] target) {
        int[] colours = new int[palette.getMapSize()];
        palette.getRGBs(colours);
        int width = raster.getWidth();
        int[] row = new int[width];
        int to = 0;
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, 0, row);
            for (int index : row) {
                // Beyond the palette's end is black, as in Pillow.
                int colour = index < colours.length ? colours[index] : 0;
                target[to++] = (byte) (colour >> 16);
                target[to++] = (byte) (colour >> 8);
                target[to++] = (byte) colour;
            }
        }
    }

    private static boolean isByteComponents(Raster raster) {
        return raster.getSampleModel() instanceof ComponentSampleModel
                && raster.getTransferType() == DataBuffer.TYPE_BYTE;
    }

    private static void copyBytes(Raster raster, byte[] target) {
        int bands = raster.getNumBands();
        int green = bands >= 3 ? 1 : 0;
        int blue = bands >= 3 ? 2 : 0;
        int width = raster.getWidth();
        byte[] row = new byte[width * bands];
        int to = 0;
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getDataElements(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int from = 0; from < row.length; from += bands) {
                target[to++] = row[from];
                target[to++] = row[from + green];
                target[to++] = row[from + blue];
            }
        }
    }

    /** Samples of any other width: narrow ones are stretched to 0..255, 16-bit ones keep the high byte. */
    private static void copyScaled(Raster raster, byte[] target) {
        int bands = raster.getNumBands();
        int[] bits = raster.getSampleModel().getSampleSize();
        int width = raster.getWidth();
        int[] row = new int[width * bands];
        int to = 0;
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int from = 0; from < row.length; from += bands) {
                for (int channel = 0; channel < 3; channel++) {
                    int band = bands >= 3 ? channel : 0;
                    target[to++] = (byte) eightBits(row[from + band], bits[band]);
                }
            }
        }
    }

    private static int eightBits(int sample, int bits) {
        if (bits == 8) {
            return sample;
        }
        return bits > 8 ? sample >> (bits - 8) : sample * 255 / ((1 << bits) - 1);
    }
}
