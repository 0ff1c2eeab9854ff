package io.sparkinversion.image;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * WebP (RFC 9649). This class walks the RIFF chunks; the picture goes through libwebp, whose reader is instantiated by
 * name so that no class loader has to find it.
 *
 * @param width of the canvas
 * @param height of the canvas
 * @param lossless whether the bitstream is VP8L rather than VP8
 * @param bitstream content of the VP8 or VP8L chunk of the picture or of the first frame
 * @param left where on the canvas it goes; 0 unless animated
 * @param top likewise
 */
record WebpFile(int width, int height, Orientation orientation, boolean lossless, byte[] bitstream, int left, int top)
        implements EncodedImage {

    private static final WebPImageReaderSpi READER = new WebPImageReaderSpi();
    private static final int CHUNK_HEADER = 8;
    private static final int RIFF_HEADER = 12;
    private static final int FRAME_HEADER = 16;
    private static final int LOSSLESS_SIGNATURE = 0x2f;

    static WebpFile open(byte[] file, PixelLimit limit) throws ImageException {
        return new Walk(file, limit).toEnd();
    }

    @Override
    public String format() {
        return "WebP";
    }

    @Override
    public int bytesPerPixel() {
        // The codec's pixels are ints; a frame on a canvas is copied once more.
        return Integer.BYTES + 2 * RgbImage.CHANNELS;
    }

    @Override
    public RgbImage decode() throws IOException, ImageException {
        RgbImage frame = decodeFrame();
        if (frame.width() == width && frame.height() == height) {
            return frame;
        }
        RgbImage canvas = RgbImage.black(width, height);
        for (int y = 0; y < frame.height(); y++) {
            System.arraycopy(
                    frame.pixels(),
                    3 * y * frame.width(),
                    canvas.pixels(),
                    3 * ((top + y) * width + left),
                    3 * frame.width());
        }
        return canvas;
    }

    private RgbImage decodeFrame() throws IOException {
        int padded = bitstream.length + (bitstream.length & 1);
        byte[] simple = ByteBuffer.allocate(RIFF_HEADER + CHUNK_HEADER + padded)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("RIFF".getBytes(StandardCharsets.US_ASCII))
                .putInt(4 + CHUNK_HEADER + padded)
                .put((lossless ? "WEBPVP8L" : "WEBPVP8 ").getBytes(StandardCharsets.US_ASCII))
                .putInt(bitstream.length)
                .put(bitstream)
                .array();
        ImageReader reader = READER.createReaderInstance(null);
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(simple))) {
            reader.setInput(stream, true, true);
            BufferedImage image = reader.read(0);
            return Samples.rgb(image.getRaster(), image.getColorModel());
        } catch (UnsatisfiedLinkError missing) {
            // Not the file's fault, so no ImageException; but the original message names a method only.
            Error error = new UnsatisfiedLinkError("libwebp did not load, so no WebP can be decoded here: the folder"
                    + " -Dcom.luciad.imageio.webp.tmpdir (or else -Djava.io.tmpdir) must be writable and not mounted"
                    + " noexec, and webp-imageio must support " + System.getProperty("os.name") + " on "
                    + System.getProperty("os.arch"));
            throw (Error) error.initCause(missing);
        } finally {
            reader.dispose();
        }
    }

    /** One pass over the chunks. */
    private static final class Walk {

        private final byte[] file;
        private final PixelLimit limit;
        private final ByteBuffer numbers;
        private int width;
        private int height;
        private int left;
        private int top;
        private boolean extended;
        private boolean animated;
        private boolean lossless;
        private byte[] bitstream;
        private byte[] exif;

        Walk(byte[] file, PixelLimit limit) {
            this.file = file;
            this.limit = limit;
            this.numbers = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        }

        WebpFile toEnd() throws ImageException {
            if (file.length < RIFF_HEADER + CHUNK_HEADER) {
                throw ImageException.corrupt("WebP is truncated: it has %d bytes", file.length);
            }
            long end = CHUNK_HEADER + (numbers.getInt(4) & 0xffffffffL);
            // The dimensions come before the complaint about missing bytes: too large is the better advice.
            chunks(RIFF_HEADER, (int) Math.min(end, file.length));
            if (end > file.length) {
                throw ImageException.corrupt(
                        "WebP is truncated: its header says %d bytes, there are %d", end, file.length);
            }
            if (bitstream == null) {
                throw ImageException.corrupt("WebP has no picture data (no VP8 or VP8L chunk)");
            }
            return new WebpFile(width, height, Orientation.ofExif(exif), lossless, bitstream, left, top);
        }

        private void chunks(int from, int end) throws ImageException {
            int position = from;
            while (end - position >= CHUNK_HEADER) {
                String type = new String(file, position, 4, StandardCharsets.ISO_8859_1);
                long length = numbers.getInt(position + 4) & 0xffffffffL;
                int data = position + CHUNK_HEADER;
                boolean whole = length <= end - data;
                chunk(type, data, (int) Math.min(length, end - data), whole);
                if (!whole) {
                    throw ImageException.corrupt(
                            "WebP is truncated: its %s chunk at byte %d claims %d bytes, %d are" + " left",
                            type.replaceAll("[^ -~]", "?"), position, length, end - data);
                }
                position = (int) Math.min(end, data + length + (length & 1));
            }
        }

        private void chunk(String type, int data, int length, boolean whole) throws ImageException {
            switch (type) {
                case "VP8X" -> canvas(data, length);
                case "ANMF" -> {
                    if (bitstream == null) {
                        frame(data, length, whole);
                    }
                }
                case "VP8 ", "VP8L" -> {
                    if (bitstream == null) {
                        picture(type.equals("VP8L"), data, length);
                    }
                }
                case "EXIF" -> exif = exif == null ? Arrays.copyOfRange(file, data, data + length) : exif;
                default -> {
                    // Profiles, XMP, animation parameters and alpha do not change the samples.
                }
            }
        }

        private void canvas(int data, int length) throws ImageException {
            if (length < 10 || extended || bitstream != null) {
                throw ImageException.corrupt("WebP has a damaged VP8X chunk at byte %d", data - CHUNK_HEADER);
            }
            extended = true;
            width = 1 + uint24(data + 4);
            height = 1 + uint24(data + 7);
            limit.check("WebP", width, height);
        }

        private void frame(int data, int length, boolean whole) throws ImageException {
            if (length < FRAME_HEADER || !extended) {
                throw ImageException.corrupt("WebP has a damaged ANMF chunk at byte %d", data - CHUNK_HEADER);
            }
            animated = true;
            left = 2 * uint24(data);
            top = 2 * uint24(data + 3);
            if (whole) {
                chunks(data + FRAME_HEADER, data + length);
            }
        }

        private void picture(boolean isLossless, int data, int length) throws ImageException {
            lossless = isLossless;
            bitstream = Arrays.copyOfRange(file, data, data + length);
            if (length < 10 && !(isLossless && length >= 5)) {
                throw ImageException.corrupt("WebP picture data have %d bytes", length);
            }
            if (isLossless && (file[data] != LOSSLESS_SIGNATURE || (file[data + 4] & 0xe0) != 0)) {
                throw ImageException.corrupt("WebP lossless data do not begin with their signature and version 0");
            }
            int size = numbers.getInt(isLossless ? data + 1 : data + 6);
            int pictureWidth = isLossless ? 1 + (size & 0x3fff) : size & 0x3fff;
            int pictureHeight = isLossless ? 1 + (size >> 14 & 0x3fff) : size >> 16 & 0x3fff;
            limit.check("WebP", pictureWidth, pictureHeight);
            if (!extended) {
                width = pictureWidth;
                height = pictureHeight;
            }
            boolean fits = animated
                    ? left + pictureWidth <= width && top + pictureHeight <= height
                    : pictureWidth == width && pictureHeight == height;
            if (!fits) {
                throw ImageException.corrupt(
                        "WebP picture of %d x %d at (%d, %d) does not fit its canvas of %d x %d",
                        pictureWidth, pictureHeight, left, top, width, height);
            }
        }

        private int uint24(int at) {
            return file[at] & 0xff | (file[at + 1] & 0xff) << 8 | (file[at + 2] & 0xff) << 16;
        }
    }
}
