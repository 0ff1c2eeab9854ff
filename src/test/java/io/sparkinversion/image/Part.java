package io.sparkinversion.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/**
 * A chunk of a PNG or RIFF file or a segment of a JPEG, so that tests can take files apart, change a part and put them
 * together with lengths and checksums that are right.
 *
 * @param type four characters, or a JPEG marker as one character
 * @param data what lies between the length and the checksum
 */
record Part(String type, byte[] data) {
    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    Part with(byte[] other) {
        return new Part(type, other);
    }

    static List<Part> ofPng(byte[] file) {
        List<Part> parts = new ArrayList<>();
        ByteBuffer numbers = ByteBuffer.wrap(file);
        for (int at = PNG.length; at < file.length; at += 12 + numbers.getInt(at)) {
            parts.add(new Part(type(file, at + 4), Arrays.copyOfRange(file, at + 8, at + 8 + numbers.getInt(at))));
        }
        return parts;
    }

    static byte[] png(List<Part> parts) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(PNG);
        for (Part part : parts) {
            ByteBuffer chunk = ByteBuffer.allocate(12 + part.data.length)
                    .putInt(part.data.length)
                    .put(part.type.getBytes(StandardCharsets.ISO_8859_1))
                    .put(part.data);
            CRC32 checksum = new CRC32();
            checksum.update(chunk.array(), 4, 4 + part.data.length);
            file.writeBytes(chunk.putInt((int) checksum.getValue()).array());
        }
        return file.toByteArray();
    }

    static List<Part> ofRiff(byte[] file) {
        List<Part> parts = new ArrayList<>();
        ByteBuffer numbers = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int at = 12;
        while (at + 8 <= file.length) {
            int length = numbers.getInt(at + 4);
            parts.add(new Part(type(file, at), Arrays.copyOfRange(file, at + 8, at + 8 + length)));
            at += 8 + length + (length & 1);
        }
        return parts;
    }

    static byte[] riff(List<Part> parts) {
        ByteArrayOutputStream chunks = new ByteArrayOutputStream();
        chunks.writeBytes("WEBP".getBytes(StandardCharsets.US_ASCII));
        for (Part part : parts) {
            chunks.writeBytes(part.type.getBytes(StandardCharsets.ISO_8859_1));
            chunks.writeBytes(littleEndian(part.data.length));
            chunks.writeBytes(part.data);
            chunks.write(new byte[1], 0, part.data.length & 1);
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes("RIFF".getBytes(StandardCharsets.US_ASCII));
        file.writeBytes(littleEndian(chunks.size()));
        file.writeBytes(chunks.toByteArray());
        return file.toByteArray();
    }

    /** A scan's picture data count as data of its segment; the end marker is no part. */
    static List<Part> ofJpeg(byte[] file) {
        List<Part> parts = new ArrayList<>();
        int at = 2;
        while (file[at + 1] != (byte) 0xd9) {
            int end = at + 2 + ((file[at + 2] & 0xff) << 8 | file[at + 3] & 0xff);
            while (file[at + 1] == (byte) 0xda
                    && !(file[end] == (byte) 0xff && file[end + 1] != 0 && (file[end + 1] & 0xf8) != 0xd0)) {
                end++;
            }
            parts.add(new Part(String.valueOf((char) (file[at + 1] & 0xff)), Arrays.copyOfRange(file, at + 4, end)));
            at = end;
        }
        return parts;
    }

    static byte[] jpeg(List<Part> parts) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(new byte[] {(byte) 0xff, (byte) 0xd8});
        for (Part part : parts) {
            boolean scan = part.type.charAt(0) == 0xda;
            int length = scan && part.data.length > 0 ? 6 + 2 * (part.data[0] & 0xff) : 2 + part.data.length;
            file.writeBytes(new byte[] {(byte) 0xff, (byte) part.type.charAt(0), (byte) (length >> 8), (byte) length});
            file.writeBytes(part.data);
        }
        file.writeBytes(new byte[] {(byte) 0xff, (byte) 0xd9});
        return file.toByteArray();
    }

    private static String type(byte[] file, int at) {
        return new String(file, at, 4, StandardCharsets.ISO_8859_1);
    }

    private static byte[] littleEndian(int number) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(number)
                .array();
    }
}
