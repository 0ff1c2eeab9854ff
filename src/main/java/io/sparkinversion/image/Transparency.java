package io.sparkinversion.image;

import java.awt.image.Raster;

/**
 * How opaque each pixel is.
 *
 * @param alpha {@code [height, width]}, 0 to 255 unsigned
 */
record Transparency(byte[] alpha) {

    /** The last band of a raster of 2 or 4 bands; 16-bit samples keep their high byte. */
    static Transparency ofLastBand(Raster raster) {
        int band = raster.getNumBands() - 1;
        int shift = Math.max(0, raster.getSampleModel().getSampleSize(band) - 8);
        int width = raster.getWidth();
        byte[] alpha = new byte[width * raster.getHeight()];
        int[] row = new int[width];
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, band, row);
            for (int x = 0; x < width; x++) {
                alpha[y * width + x] = (byte) (row[x] >> shift);
            }
        }
        return new Transparency(alpha);
    }

    /** Of a palette: by index; those beyond the list are opaque. */
    static Transparency ofPalette(Raster raster, byte[] byIndex) {
        int width = raster.getWidth();
        byte[] alpha = new byte[width * raster.getHeight()];
        int[] row = new int[width];
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, 0, row);
            for (int x = 0; x < width; x++) {
                alpha[y * width + x] = row[x] < byIndex.length ? byIndex[row[x]] : (byte) 255;
            }
        }
        return new Transparency(alpha);
    }

    /** Of one colour, in samples as they are stored: it alone is transparent. */
    static Transparency ofColour(Raster raster, int[] colour) {
        int width = raster.getWidth();
        int bands = colour.length;
        byte[] alpha = new byte[width * raster.getHeight()];
        int[] row = new int[width * raster.getNumBands()];
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int x = 0; x < width; x++) {
                boolean same = true;
                for (int band = 0; band < bands; band++) {
                    same &= row[x * raster.getNumBands() + band] == colour[band];
                }
                alpha[y * width + x] = (byte) (same ? 0 : 255);
            }
        }
        return new Transparency(alpha);
    }

    /** Whether no pixel lets anything through. */
    boolean isOpaque() {
        for (byte value : alpha) {
            if (value != (byte) 255) {
                return false;
            }
        }
        return true;
    }

    /**
     * Lays the pixels, in place, on a background, rounded as Pillow's {@code Image.paste} with a mask rounds.
     *
     * @param level of each channel of the background
     */
    void blend(byte[] pixels, int level) {
        for (int i = 0; i < alpha.length; i++) {
            int opaque = alpha[i] & 0xff;
            for (int at = RgbImage.CHANNELS * i; at < RgbImage.CHANNELS * (i + 1); at++) {
                int mixed = (pixels[at] & 0xff) * opaque + level * (255 - opaque) + 128;
                pixels[at] = (byte) ((mixed >> 8) + mixed >> 8);
            }
        }
    }
}
