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
 */
record PngFile(int width, int height, Orientation orientation, byte[] bare) implements EncodedImage {

    private static final BuiltInReader READER = BuiltInReader.of("png");
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int CHUNK_OVERHEAD = 12;

    static PngFile open(byte[] file, PixelLimit limit) throws ImageException {
        return new Walk(file, limit).toEnd();
    }

    @Override
    public String format() {
        return "PNG";
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
        private boolean data;
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
            if (!data) {
                throw ImageException.corrupt("PNG has no picture data (no IDAT chunk)");
            }
            return new PngFile(width, height, Orientation.ofExif(exif), bare.toByteArray());
        }

        private void header() throws ImageException {
            if (file.length < position + 16 || numbers.getInt(position) != 13 || !typeAt(position).equals("IHDR")) {
                throw ImageException.corrupt("PNG does not begin with a whole IHDR chunk");
            }
            width = numbers.getInt(position + 8);
            height = numbers.getInt(position + 12);
            limit.check("PNG", width, height);
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
            data |= type.equals("IDAT");
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
