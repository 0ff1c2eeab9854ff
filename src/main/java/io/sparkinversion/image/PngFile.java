package io.sparkinversion.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * PNG (ISO/IEC 15948) by way of the JDK's reader, which gets the critical chunks only: text, time, gamma, profiles and
 * transparency cannot fail a picture or change its samples. The checksums of those chunks are verified here, since the
 * JDK's reader does not.
 *
 * @param bits of a pixel
 */
record PngFile(int width, int height, Orientation orientation, int bits, byte[] bare) implements EncodedImage {

    private static final BuiltInReader READER = BuiltInReader.of("png");
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int CHUNK_OVERHEAD = 12;
    private static final int HEADER_DATA = 16;
    /** The most that zlib's format can make of a byte: a run of 258 for two bits. */
    private static final int MOST_INFLATION = 1032;

    private static final int PLAIN_RGB_BITS = 24;

    static PngFile open(byte[] file, PixelLimit limit) throws ImageException {
        return new Walk(file, limit).toEnd();
    }

    @Override
    public String format() {
        return "PNG";
    }

    @Override
    public int bytesPerPixel() {
        // 8-bit RGB becomes the image in place.
        return bits == PLAIN_RGB_BITS ? RgbImage.CHANNELS : (bits + 7) / 8 + RgbImage.CHANNELS;
    }

    @Override
    public RgbImage decode() throws IOException, ImageException {
        return READER.read(bare, (reader, warning) -> {});
    }

    /** One pass over the chunks. */
    private static final class Walk {

        private final byte[] file;
        private final PixelLimit limit;
        private final ByteBuffer numbers;
        private final ByteArrayOutputStream bare = new ByteArrayOutputStream();
        private int position = SIGNATURE.length;
        private int width;
        private int height;
        private long dataBytes;
        private byte[] exif;

        Walk(byte[] file, PixelLimit limit) {
            this.file = file;
            this.limit = limit;
            this.numbers = ByteBuffer.wrap(file);
        }

        PngFile toEnd() throws ImageException {
            if (file.length < SIGNATURE.length
                    || !Arrays.equals(file, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length)) {
                throw ImageException.corrupt(
                        "PNG signature is damaged; was the file truncated, or transferred as text?");
            }
            bare.writeBytes(SIGNATURE);
            header();
            String type;
            do {
                type = chunk();
            } while (!type.equals("IEND"));
            if (dataBytes == 0) {
                throw ImageException.corrupt("PNG has no picture data (no IDAT chunk)");
            }
            int bits = bits(file[HEADER_DATA + 9], file[HEADER_DATA + 8]);
            // Before the codec makes room for all that the header claims.
            if ((long) width * height > MOST_INFLATION * dataBytes * 8 / bits) {
                throw ImageException.corrupt(
                        "PNG has %d bytes of picture data, too few for %d x %d pixels of %d bits",
                        dataBytes, width, height, bits);
            }
            return new PngFile(width, height, Orientation.ofExif(exif), bits, bare.toByteArray());
        }

        private void header() throws ImageException {
            if (file.length < position + 16
                    || numbers.getInt(position) != 13
                    || !typeAt(position).equals("IHDR")) {
                throw ImageException.corrupt("PNG does not begin with a whole IHDR chunk");
            }
            width = numbers.getInt(position + 8);
            height = numbers.getInt(position + 12);
            limit.check("PNG", width, height);
        }

        /** By the colour type (11.2.2 of the standard) and the bits of a sample. */
        private static int bits(int colourType, int depth) throws ImageException {
            int samples =
                    switch (colourType) {
                        case 0, 3 -> 1;
                        case 2 -> 3;
                        case 4 -> 2;
                        case 6 -> 4;
                        default -> 0;
                    };
            if (samples == 0 || depth < 1 || depth > 16) {
                throw ImageException.corrupt("PNG has colour type %d with %d bits a sample", colourType, depth);
            }
            return samples * depth;
        }

        private String chunk() throws ImageException {
            if (file.length - position < CHUNK_OVERHEAD) {
                throw ImageException.corrupt(
                        "PNG is truncated: it ends after %d bytes without an IEND chunk", file.length);
            }
            int length = numbers.getInt(position);
            String type = typeAt(position);
            if (length < 0 || length > file.length - position - CHUNK_OVERHEAD) {
                throw ImageException.corrupt(
                        "PNG is truncated: its %s chunk at byte %d claims %d bytes, %d are left",
                        printable(type), position, length & 0xffffffffL, file.length - position - CHUNK_OVERHEAD);
            }
            boolean critical = Character.isUpperCase(type.charAt(0));
            if (critical) {
                verifyChecksum(type, length);
                bare.write(file, position, length + CHUNK_OVERHEAD);
            } else if (type.equals("eXIf") && exif == null) {
                exif = Arrays.copyOfRange(file, position + 8, position + 8 + length);
            }
            dataBytes += type.equals("IDAT") ? length : 0;
            position += length + CHUNK_OVERHEAD;
            return type;
        }

        private void verifyChecksum(String type, int length) throws ImageException {
            CRC32 checksum = new CRC32();
            checksum.update(file, position + 4, length + 4);
            if ((int) checksum.getValue() != numbers.getInt(position + 8 + length)) {
                throw ImageException.corrupt(
                        "PNG %s chunk at byte %d does not match its checksum", printable(type), position);
            }
        }

        private String typeAt(int chunk) {
            return new String(file, chunk + 4, 4, StandardCharsets.ISO_8859_1);
        }

        private static String printable(String type) {
            return type.replaceAll("[^A-Za-z]", "?");
        }
    }
}
