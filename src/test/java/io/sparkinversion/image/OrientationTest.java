package io.sparkinversion.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.drew.lang.ByteArrayReader;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OrientationTest {
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Against metadata-extractor, on structures with a handful of entries of any type and count. */
    @Test
    void isTheTagThatAnotherReaderFinds() {
        Random random = new Random(7);
        int found = 0;
        for (int i = 0; i < 3_000; i++) {
            byte[] tiff = tiff(random);
            Orientation expected = reference(tiff);
            assertThat(Orientation.ofExif(tiff)).as("structure %d", i).isEqualTo(expected);
            found += expected == Orientation.UPRIGHT ? 0 : 1;
        }
        assertThat(found).isBetween(300, 2_700);
    }

    /** Ten megabytes of entries, each of which claims all the others: copies of them would fill any heap. */
    @Test
    void entriesThatClaimEverythingCostNothing() {
        int entries = 65_535;
        ByteBuffer tiff = ByteBuffer.allocate(10_000_000).order(ByteOrder.LITTLE_ENDIAN);
        tiff.putShort((short) 0x4949).putShort((short) 42).putInt(8).putShort((short) entries);
        for (int i = 0; i < entries; i++) {
            tiff.putShort((short) 0x010e).putShort((short) 2).putInt(9_000_000).putInt(8);
        }
        long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
        assertThat(Orientation.ofExif(tiff.array())).isEqualTo(Orientation.UPRIGHT);
        assertThat(THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - before)
                .isLessThan(1_000_000);
    }

    private static byte[] tiff(Random random) {
        ByteOrder order = random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        int entries = 1 + random.nextInt(6);
        ByteBuffer tiff = ByteBuffer.allocate(8 + 2 + 12 * entries + 4).order(order);
        tiff.putShort((short) (order == ByteOrder.LITTLE_ENDIAN ? 0x4949 : 0x4d4d))
                .putShort((short) 42)
                .putInt(8);
        tiff.putShort((short) entries);
        for (int i = 0; i < entries; i++) {
            // Width, or in one place the orientation.
            int tag = i == entries / 2 ? 0x0112 : 0x0100;
            int type = random.nextInt(3) == 0 ? 4 : 3;
            tiff.putShort((short) tag).putShort((short) type).putInt(1);
            int value = random.nextInt(11);
            if (type == 4) {
                tiff.putInt(value);
            } else {
                tiff.putShort((short) value).putShort((short) 0);
            }
        }
        return tiff.array();
    }

    private static Orientation reference(byte[] tiff) {
        Metadata metadata = new Metadata();
        new ExifReader().extract(new ByteArrayReader(tiff), metadata);
        ExifIFD0Directory directory = metadata.getFirstDirectoryOfType(ExifIFD0Directory.class);
        Integer value = directory == null ? null : directory.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
        return value == null || value < 1 || value > 8 ? Orientation.UPRIGHT : Orientation.values()[value - 1];
    }
}
