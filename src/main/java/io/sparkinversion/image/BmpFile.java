package io.sparkinversion.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;

/**
 * Windows and OS/2 bitmaps by way of the JDK's reader: uncompressed, 1 to 32 bits a pixel. The fourth byte of 32 bits
 * is dropped like every other alpha.
 */
record BmpFile(int width, int height, int bits, byte[] file) implements EncodedImage {

    private static final BuiltInReader READER = BuiltInReader.of("bmp");
    private static final int FILE_HEADER = 14;
    private static final int CORE_HEADER = 12;
    /** Sizes of the headers from OS/2 1.x (12) to Windows 5 (124), by which the versions are told apart. */
    private static final Set<Integer> HEADER_SIZES = Set.of(CORE_HEADER, 40, 52, 56, 108, 124);

    private static final Set<Integer> BITS_PER_PIXEL = Set.of(1, 4, 8, 16, 24, 32);
    private static final int UNCOMPRESSED = 0;
    private static final int BIT_FIELDS = 3;

    /** "BM" alone is the beginning of many a text: the size of the second header must be right, too. */
    static boolean looksLikeOne(byte[] file) {
        return file.length >= FILE_HEADER + 4
                && HEADER_SIZES.contains(
                        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(FILE_HEADER));
    }

    static BmpFile open(byte[] file, PixelLimit limit) throws ImageException {
        ByteBuffer numbers = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int headerSize = numbers.getInt(FILE_HEADER);
        if (file.length < FILE_HEADER + headerSize) {
            throw ImageException.corrupt("BMP is truncated inside its header: it has %d bytes", file.length);
        }
        boolean core = headerSize == CORE_HEADER;
        int width = core ? numbers.getShort(18) & 0xffff : numbers.getInt(18);
        int signedHeight = core ? numbers.getShort(20) & 0xffff : numbers.getInt(22);
        // A negative height means that the top row comes first.
        int height = Math.abs(signedHeight);
        limit.check("BMP", width, height);
        int bits = numbers.getShort(core ? 24 : 28) & 0xffff;
        int compression = core ? UNCOMPRESSED : numbers.getInt(30);
        if (!BITS_PER_PIXEL.contains(bits) || compression != UNCOMPRESSED && compression != BIT_FIELDS) {
            throw ImageException.unsupported(
                    "BMP of %d bits a pixel with compression %d is not supported; re-save it" + " uncompressed",
                    bits, compression);
        }
        long start = numbers.getInt(10) & 0xffffffffL;
        long rowBytes = ((long) width * bits + 31) / 32 * 4;
        // The last row's padding may be missing: no pixel is lost with it.
        long end = start + rowBytes * (height - 1) + ((long) width * bits + 7) / 8;
        if (start < FILE_HEADER + headerSize || end > file.length) {
            throw ImageException.corrupt(
                    "BMP is truncated: %d x %d pixels of %d bits end at byte %d, there are %d",
                    width, height, bits, end, file.length);
        }
        return new BmpFile(width, height, bits, file);
    }

    @Override
    public String format() {
        return "BMP";
    }

    @Override
    public Orientation orientation() {
        return Orientation.UPRIGHT;
    }

    @Override
    public int bytesPerPixel() {
        // 24 bits become the image in place.
        return bits == 24 ? RgbImage.CHANNELS : (bits + 7) / 8 + RgbImage.CHANNELS;
    }

    @Override
    public Decoded decode(Decoding how) throws IOException, ImageException {
        return Decoded.opaque(READER.read(file, (reader, warning) -> {}));
    }
}
