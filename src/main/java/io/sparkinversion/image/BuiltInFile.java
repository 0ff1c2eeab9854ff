package io.sparkinversion.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;

/**
 * GIF and TIFF by way of the JDK's readers: the first picture of a file. A GIF's first frame lies on its canvas as
 * browsers and Pillow lay it; TIFF is grey, RGB or a palette, with alpha or without, 1 to 16 bits.
 *
 * @param orientation TIFF's own tag
 */
record BuiltInFile(String format, int width, int height, Orientation orientation, byte[] file) implements EncodedImage {
    private static final String GIF = "GIF";
    private static final BuiltInReader GIF_READER = BuiltInReader.of("gif");
    private static final BuiltInReader TIFF_READER = BuiltInReader.of("tif");
    private static final int GIF_HEADER = 13;
    /** With fewer, the JDK's reader mixes up the rows. */
    private static final int FEWEST_INTERLACED_ROWS = 5;

    static BuiltInFile gif(byte[] file, PixelLimit limit) throws ImageException {
        if (file.length < GIF_HEADER) {
            throw ImageException.corrupt("GIF is truncated inside its header: it has %d bytes", file.length);
        }
        int width = file[6] & 0xff | (file[7] & 0xff) << 8;
        int height = file[8] & 0xff | (file[9] & 0xff) << 8;
        limit.check(GIF, width, height);
        return new BuiltInFile(GIF, width, height, Orientation.UPRIGHT, file);
    }

    static BuiltInFile tiff(byte[] file, PixelLimit limit) throws ImageException {
        try {
            int[] size = TIFF_READER.use(
                    file, (reader, warning) -> {}, reader -> new int[] {reader.getWidth(0), reader.getHeight(0)});
            limit.check("TIFF", size[0], size[1]);
            // The file is the structure that EXIF borrows.
            return new BuiltInFile("TIFF", size[0], size[1], Orientation.ofExif(file), file);
        } catch (IOException | RuntimeException e) {
            throw ImageException.damaged("TIFF", e);
        }
    }

    @Override
    public int bytesPerPixel() {
        return 8 + 2 * RgbImage.CHANNELS;
    }

    @Override
    public Decoded decode(Decoding how) throws IOException, ImageException {
        BufferedImage image = (format.equals(GIF) ? GIF_READER : TIFF_READER)
                .use(file, (reader, warning) -> {}, reader -> reader.read(0));
        RgbImage pixels;
        try {
            pixels = Samples.rgb(image.getRaster(), image.getColorModel());
        } catch (IllegalArgumentException e) {
            throw ImageException.unsupported(
                    "%s of this kind is not supported (%s); save it as RGB with 8 bits", format, e.getMessage());
        }
        Decoded decoded = new Decoded(pixels, transparency(image), null, false);
        return format.equals(GIF) ? onCanvas(decoded) : decoded;
    }

    private static Transparency transparency(BufferedImage image) {
        if (image.getColorModel() instanceof IndexColorModel palette) {
            if (!palette.hasAlpha()) {
                return null;
            }
            byte[] alpha = new byte[palette.getMapSize()];
            palette.getAlphas(alpha);
            return Transparency.ofPalette(image.getRaster(), alpha);
        }
        return image.getColorModel().hasAlpha() ? Transparency.ofLastBand(image.getRaster()) : null;
    }

    /** A first frame may be smaller than the canvas, of which the rest is transparent. */
    private Decoded onCanvas(Decoded frame) throws IOException, ImageException {
        GifFrame place =
                GIF_READER.use(file, (reader, warning) -> {}, reader -> GifFrame.of(reader.getImageMetadata(0)));
        if (place.interlaced() && frame.image().height() < FEWEST_INTERLACED_ROWS) {
            throw ImageException.unsupported(
                    "interlaced GIF of %d rows is not supported; save it as PNG",
                    frame.image().height());
        }
        if (frame.image().width() == width && frame.image().height() == height) {
            return frame;
        }
        int left = place.left();
        int top = place.top();
        RgbImage canvas = RgbImage.black(width, height);
        byte[] alpha = new byte[width * height];
        for (int y = 0; y < frame.image().height() && top + y < height; y++) {
            int columns = Math.min(frame.image().width(), width - left);
            if (columns <= 0) {
                break;
            }
            int from = y * frame.image().width();
            int to = (top + y) * width + left;
            System.arraycopy(frame.image().pixels(), 3 * from, canvas.pixels(), 3 * to, 3 * columns);
            for (int x = 0; x < columns; x++) {
                alpha[to + x] = frame.transparency() == null
                        ? (byte) 255
                        : frame.transparency().alpha()[from + x];
            }
        }
        return new Decoded(canvas, new Transparency(alpha), null, false);
    }
}
