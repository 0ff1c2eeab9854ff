package io.sparkinversion.worker;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/** Files of a few hundred kilobytes that hold a hundred million pixels, written without ever holding those. */
final class LargePictures {
    private static final int SOF0 = 0xc0;
    private static final int SOS = 0xda;
    /** Three blocks of DC difference 0 and no more, in the codes of T.81's tables K.3 to K.6: 00 1010, 00 00, 00 00. */
    private static final String MIDDLE_GREY = "00101000000000";

    private LargePictures() {}

    /** One colour a row. */
    static Path png(Path file, int side) throws IOException {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        try (OutputStream rows = new DeflaterOutputStream(data, new Deflater(1), 1 << 16)) {
            byte[] row = new byte[1 + 3 * side];
            for (int y = 0; y < side; y++) {
                Arrays.fill(row, 1, row.length, (byte) (y / 40));
                rows.write(row);
            }
        }
        try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(file))) {
            out.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
            byte[] rgb = {8, 2, 0, 0, 0};
            chunk(
                    out,
                    "IHDR",
                    ByteBuffer.allocate(13).putInt(side).putInt(side).put(rgb).array());
            chunk(out, "IDAT", data.toByteArray());
            chunk(out, "IEND", new byte[0]);
        }
        return file;
    }

    private static void chunk(DataOutputStream out, String type, byte[] data) throws IOException {
        byte[] name = type.getBytes("US-ASCII");
        CRC32 checksum = new CRC32();
        checksum.update(name);
        checksum.update(data);
        out.writeInt(data.length);
        out.write(name);
        out.write(data);
        out.writeInt((int) checksum.getValue());
    }

    /** Middle grey in three full components, with the headers of a small file. */
    static Path jpeg(Path file, int side) throws IOException {
        byte[] small;
        try (InputStream stream = LargePictures.class.getResourceAsStream("/image/444.jpg")) {
            small = stream.readAllBytes();
        }
        int at = 2;
        while ((small[at + 1] & 0xff) != SOS) {
            if ((small[at + 1] & 0xff) == SOF0) {
                ByteBuffer.wrap(small).putShort(at + 5, (short) side).putShort(at + 7, (short) side);
            }
            at += 2 + length(small, at);
        }
        long blocks = (long) ((side + 7) / 8) * ((side + 7) / 8);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            out.write(small, 0, at + 2 + length(small, at));
            int bits = 0;
            int count = 0;
            for (long i = 0; i < blocks * MIDDLE_GREY.length(); i++) {
                bits = bits << 1 | MIDDLE_GREY.charAt((int) (i % MIDDLE_GREY.length())) - '0';
                if (++count == Byte.SIZE) {
                    out.write(bits);
                    bits = 0;
                    count = 0;
                }
            }
            out.write(bits << Byte.SIZE - count | (1 << Byte.SIZE - count) - 1);
            out.write(new byte[] {(byte) 0xff, (byte) 0xd9});
        }
        return file;
    }

    private static int length(byte[] jpeg, int marker) {
        return (jpeg[marker + 2] & 0xff) << 8 | jpeg[marker + 3] & 0xff;
    }
}
