package io.sparkinversion.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sparkinversion.image.ImageException.Kind;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** What a decode may allocate, whatever a header claims, and that concurrent decodes do not meet. */
class DecoderMemoryTest {

    private static final long BOUND = 1_000_000;

    /** A picture at the bound takes 3 MB; the codec's copy, the turned copy and the loading of classes come on top. */
    private static final long BYTES = 40_000_000;

    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void hugeClaimIsRefusedBeforeAllocation() {
        byte[] png = Resources.bytes("rgb.png");
        ByteBuffer.wrap(png).putInt(16, 100_000).putInt(20, 100_000);
        refuseAndCount(png); // loads the classes
        assertThat(refuseAndCount(png))
                .as("bytes allocated for a claim of 100,000 x 100,000")
                .isLessThan(200_000);
    }

    private static long refuseAndCount(byte[] png) {
        long before = allocated();
        ImageException refused =
                catchThrowableOfType(ImageException.class, () -> ImageDecoder.decode(png, RgbImage.MAX_PIXELS));
        long bytes = allocated() - before;
        assertThat(refused).isNotNull();
        assertThat(refused.kind()).isEqualTo(Kind.TOO_LARGE);
        return bytes;
    }

    /** Anything but an {@link ImageException} that escapes a decode fails the test. */
    @Test
    void mutantsOfEveryFileStayWithinTheBoundOnMemory() {
        List<String> files = files();
        Random random = new Random(1_309);
        int pictures = 0;
        for (int i = 0; i < 1_000; i++) {
            String file = files.get(i % files.size());
            byte[] mutant = mutate(Resources.bytes(file), random);
            if (file.endsWith(".png")) {
                repairChecksums(mutant);
            }
            long before = allocated();
            try {
                RgbImage picture = ImageDecoder.decode(mutant, BOUND);
                assertThat((long) picture.width() * picture.height()).isLessThanOrEqualTo(BOUND);
                pictures++;
            } catch (ImageException refused) {
                assertThat(refused.getMessage())
                        .isNotBlank()
                        .hasSizeLessThan(400)
                        .doesNotContain("\n");
            }
            assertThat(allocated() - before)
                    .as("bytes allocated by mutant %d, of %s", i, file)
                    .isLessThan(BYTES);
        }
        // The seed must not have made the mutations all harmless or all fatal.
        assertThat(pictures).isBetween(100, 700);
    }

    @Test
    void fourThreadsDecodeTheSameBytesToTheSamePixels() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (String file : files()) {
                byte[] encoded = Resources.bytes(file);
                RgbImage alone = ImageDecoder.decode(encoded, BOUND);
                List<Future<RgbImage>> together = new ArrayList<>();
                for (int i = 0; i < 16; i++) {
                    together.add(threads.submit(() -> ImageDecoder.decode(encoded, BOUND)));
                }
                for (Future<RgbImage> decoded : together) {
                    assertThat(decoded.get()).as(file).isEqualTo(alone);
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static List<String> files() {
        return Resources.table("cases.csv").stream().map(row -> row[0]).toList();
    }

    private static long allocated() {
        return THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    /** Cuts some, and flips bits, sets bytes or repeats stretches, half of the time near the beginning. */
    private static byte[] mutate(byte[] file, Random random) {
        byte[] mutant = random.nextInt(6) == 0 ? Arrays.copyOf(file, 1 + random.nextInt(file.length)) : file;
        for (int count = 1 + random.nextInt(4); count > 0; count--) {
            int at = random.nextInt(random.nextBoolean() ? Math.min(80, mutant.length) : mutant.length);
            switch (random.nextInt(3)) {
                case 0 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> mutant[at] = (byte) (random.nextBoolean() ? 0xff : 0);
                default -> {
                    int length = Math.min(random.nextInt(8), mutant.length - at);
                    System.arraycopy(mutant, random.nextInt(mutant.length - length + 1), mutant, at, length);
                }
            }
        }
        return mutant;
    }

    /** So that the damage reaches the decompressor. */
    private static void repairChecksums(byte[] png) {
        ByteBuffer numbers = ByteBuffer.wrap(png);
        int chunk = 8;
        while (chunk + 12 <= png.length) {
            int length = numbers.getInt(chunk);
            if (length < 0 || length > png.length - chunk - 12) {
                return;
            }
            CRC32 checksum = new CRC32();
            checksum.update(png, chunk + 4, length + 4);
            numbers.putInt(chunk + 8 + length, (int) checksum.getValue());
            chunk += length + 12;
        }
    }
}
