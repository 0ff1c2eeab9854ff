package io.sparkinversion.image;

import io.sparkinversion.fuzz.ByteMutator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** TIFF structures (TIFF 6.0, section 2) that lie: entries that claim everything, directories that are their own. */
final class ExifMutator {
    private static final List<Integer> TAGS =
            List.of(0x0112, 0x0112, 0x0112, 0x8769, 0x8825, 0xa005, 0x927c, 0x014a, 0x010e, 0x010f, 0x0110, 0x83bb);

    private ExifMutator() {}

    static byte[] tiff(Random random) {
        int entries = random.nextInt(random.nextInt(4) == 0 ? 4_000 : 12);
        int size = 8 + 2 + 12 * entries + 4 + random.nextInt(64);
        ByteOrder order = random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        ByteBuffer tiff = ByteBuffer.allocate(size)
                .put((order == ByteOrder.LITTLE_ENDIAN ? "II" : "MM").getBytes(StandardCharsets.US_ASCII))
                .order(order)
                .putShort((short) 42)
                .putInt(random.nextInt(8) == 0 ? (int) ByteMutator.extreme(random) : 8)
                .putShort((short) (random.nextInt(8) == 0 ? ByteMutator.extreme(random) : entries));
        for (int i = 0; i < entries; i++) {
            tiff.putShort(ByteMutator.any(TAGS, random).shortValue())
                    .putShort((short) random.nextInt(14))
                    .putInt(
                            switch (random.nextInt(4)) {
                                case 0 -> 1;
                                case 1 -> size - 16;
                                case 2 -> random.nextInt(size);
                                default -> (int) ByteMutator.extreme(random);
                            })
                    .putInt(random.nextBoolean() ? random.nextInt(size) : (int) ByteMutator.extreme(random));
        }
        tiff.putInt(random.nextBoolean() ? 8 : (int) ByteMutator.extreme(random));
        return tiff.array();
    }

    /** The content of a JPEG segment, which has no more than 65,533 bytes. */
    static byte[] app1(Random random) {
        byte[] tiff = tiff(random);
        byte[] marker = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(marker.length + tiff.length)
                .put(marker)
                .put(tiff)
                .array();
    }
}
