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
 * @param alpha content of the ALPH chunk; null where there is none
 * @param left where on the canvas it goes; 0 unless animated
 * @param top likewise
 */
record WebpFile(
        int width,
        int height,
        Orientation orientation,
        boolean lossless,
        byte[] bitstream,
        byte[] alpha,
        byte[] profile,
        int left,
        int top)
        implements EncodedImage {

    private static final WebPImageReaderSpi READER = new WebPImageReaderSpi();
    private static final int CHUNK_HEADER = 8;
    private static final int RIFF_HEADER = 12;
    private static final int FRAME_HEADER = 16;
    private static final int EXTENDED_HEADER = 10;
    private static final int ALPHA_FLAG = 0x10;
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
        // The codec's pixels are ints, those with lossy alpha come again; a frame on a canvas is copied once more.
        return 2 * Integer.BYTES + 2 * RgbImage.CHANNELS + 2;
    }

    @Override
    public Decoded decode(Decoding how) throws IOException, ImageException {
        BufferedImage stored = read(simple());
        RgbImage frame = Samples.rgb(stored.getRaster(), stored.getColorModel());
        Transparency transparency = transparency(stored);
        if (frame.width() == width && frame.height() == height) {
            return new Decoded(frame, transparency, null, false);
        }
        RgbImage canvas = RgbImage.black(width, height);
        byte[] onCanvas = new byte[width * height];
        for (int y = 0; y < frame.height(); y++) {
            int from = y * frame.width();
            int to = (top + y) * width + left;
            System.arraycopy(frame.pixels(), 3 * from, canvas.pixels(), 3 * to, 3 * frame.width());
            if (transparency == null) {
                Arrays.fill(onCanvas, to, to + frame.width(), (byte) 255);
            } else {
                System.arraycopy(transparency.alpha(), from, onCanvas, to, frame.width());
            }
        }
        return new Decoded(canvas, new Transparency(onCanvas), null, false);
    }

    /** The lossless bitstream has alpha in it, the lossy one beside it. */
    private Transparency transparency(BufferedImage stored) throws IOException {
        if (lossless) {
            return stored.getColorModel().hasAlpha() ? Transparency.ofLastBand(stored.getRaster()) : null;
        }
        if (alpha == null) {
            return null;
        }
        try {
            BufferedImage whole = read(extended(stored.getWidth(), stored.getHeight()));
            return whole.getColorModel().hasAlpha() ? Transparency.ofLastBand(whole.getRaster()) : null;
        } catch (IOException damage) {
            return null;
        } catch (OutOfMemoryError error) {
            // The codec says so, without a message, of alpha that is damaged; the colours are there.
            if (error.getMessage() != null) {
                throw error;
            }
            return null;
        }
    }

    private byte[] simple() {
        return riff(chunk(lossless ? "VP8L" : "VP8 ", bitstream));
    }

    private byte[] extended(int frameWidth, int frameHeight) {
        byte[] header = ByteBuffer.allocate(EXTENDED_HEADER)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(ALPHA_FLAG)
                .putShort((short) (frameWidth - 1))
                .put((byte) (frameWidth - 1 >> 16))
                .putShort((short) (frameHeight - 1))
                .put((byte) (frameHeight - 1 >> 16))
                .array();
        return riff(chunk("VP8X", header), chunk("ALPH", alpha), chunk("VP8 ", bitstream));
    }

    private static byte[] chunk(String type, byte[] content) {
        int padded = content.length + (content.length & 1);
        return ByteBuffer.allocate(CHUNK_HEADER + padded)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(type.getBytes(StandardCharsets.US_ASCII))
                .putInt(content.length)
                .put(content)
                .array();
    }

    private static byte[] riff(byte[]... chunks) {
        int length = Arrays.stream(chunks).mapToInt(chunk -> chunk.length).sum();
        ByteBuffer file = ByteBuffer.allocate(RIFF_HEADER + length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("RIFF".getBytes(StandardCharsets.US_ASCII))
                .putInt(4 + length)
                .put("WEBP".getBytes(StandardCharsets.US_ASCII));
        Arrays.stream(chunks).forEach(file::put);
        return file.array();
    }

    private static BufferedImage read(byte[] file) throws IOException {
        ImageReader reader = READER.createReaderInstance(null);
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            reader.setInput(stream, true, true);
            return reader.read(0);
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
        private byte[] alpha;
        private byte[] exif;
        private byte[] xmp;
        private byte[] profile;

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
            return new WebpFile(
                    width, height, Orientation.of(exif, xmp), lossless, bitstream, alpha, profile, left, top);
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
                case "XMP " -> xmp = xmp == null ? Arrays.copyOfRange(file, data, data + length) : xmp;
                case "ICCP" -> profile = Arrays.copyOfRange(file, data, data + length);
                case "ALPH" -> alpha = bitstream == null ? Arrays.copyOfRange(file, data, data + length) : alpha;
                default -> {
                    // Animation parameters do not change the samples.
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
