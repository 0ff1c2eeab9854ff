package io.sparkinversion.image;

import java.awt.color.ColorSpace;
import java.awt.image.ColorModel;
import java.awt.image.ComponentSampleModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.util.Arrays;

/**
 * Stored samples to 8-bit RGB, past Java's colour management.
 *
 * <p>{@code BufferedImage.getRGB} converts every non-sRGB picture, and takes grey to be linear light; Pillow's
 * {@code convert("RGB")}, which the reference code goes through, leaves sample values alone. So do we.
 */
public final class Samples {

    private static final int[] RED_FIRST = {0, 1, 2};
    private static final int[] BLUE_FIRST = {2, 1, 0};

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

    /**
     * Like {@link #rgb}, of a raster that nobody else holds: its own array becomes the image's where it has the same
     * layout, so that a large picture is in memory only once.
     */
    static RgbImage taken(Raster raster, ColorModel model) {
        byte[] own = model instanceof IndexColorModel ? null : interleaved(raster);
        if (own == null) {
            return rgb(raster, model);
        }
        requireGreyOrRgb(raster, model);
        return new RgbImage(raster.getWidth(), raster.getHeight(), own);
    }

    /** The array of three byte bands that lie as an {@link RgbImage} has them (blue first is turned round), or null. */
    static byte[] interleaved(Raster raster) {
        int row = RgbImage.CHANNELS * raster.getWidth();
        if (!(raster.getSampleModel() instanceof PixelInterleavedSampleModel model)
                || !(raster.getDataBuffer() instanceof DataBufferByte buffer)
                || model.getNumBands() != RgbImage.CHANNELS
                || model.getPixelStride() != RgbImage.CHANNELS
                || model.getScanlineStride() != row
                || buffer.getNumBanks() != 1
                || buffer.getSize() != (long) row * raster.getHeight()
                || buffer.getData().length != buffer.getSize()) {
            return null;
        }
        int[] offsets = model.getBandOffsets();
        byte[] samples = buffer.getData();
        if (Arrays.equals(offsets, BLUE_FIRST)) {
            for (int i = 0; i < samples.length; i += RgbImage.CHANNELS) {
                byte blue = samples[i];
                samples[i] = samples[i + 2];
                samples[i + 2] = blue;
            }
            return samples;
        }
        return Arrays.equals(offsets, RED_FIRST) ? samples : null;
    }

    private static void requireGreyOrRgb(Raster raster, ColorModel model) {
        int type = raster.getTransferType();
        boolean whole = type == DataBuffer.TYPE_BYTE || type == DataBuffer.TYPE_USHORT || type == DataBuffer.TYPE_INT;
        int space = model == null ? ColorSpace.TYPE_RGB : model.getColorSpace().getType();
        if (!whole || space != ColorSpace.TYPE_RGB && space != ColorSpace.TYPE_GRAY || raster.getNumBands() > 4) {
            throw new IllegalArgumentException("image of %d bands, transfer type %d and colour space type %d is neither"
                            .formatted(raster.getNumBands(), type, space)
                    + " grey nor RGB in whole numbers");
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
