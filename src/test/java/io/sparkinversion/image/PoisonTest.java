package io.sparkinversion.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sparkinversion.image.ImageException.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that a large dataset is sure to contain. */
class PoisonTest {

    private static final long MANY = 10_000_000;

    @Test
    void zeroBytesAreEmpty() {
        assertFails(new byte[0], Kind.EMPTY, "the file is empty (0 bytes)");
    }

    @Test
    void textUnderAnImagesNameIsOfUnknownFormat() {
        byte[] text = "404 Not Found\n".getBytes(StandardCharsets.US_ASCII);
        assertFails(
                text,
                Kind.UNKNOWN_FORMAT,
                "the file is text, not an image; supported are JPEG, PNG, WebP, GIF, TIFF and BMP");
        assertFails(
                "BMW sells cars, and has for a while".getBytes(StandardCharsets.US_ASCII),
                Kind.UNKNOWN_FORMAT,
                "the file is text");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "420.jpg", "progressive.jpg", "cmyk.jpg", "rgb.png", "interlaced.png", "palette4.png",
                "lossy.webp", "lossless.webp", "lossy-alpha.webp", "animated.webp", "rgb.bmp", "palette.bmp"
            })
    void everyTruncationIsCorrupt(String file) {
        byte[] whole = Resources.bytes(file);
        // A BMP's last row may lack its padding: 37 pixels of 24 bits, or of 8, leave 1 or 3 bytes of it.
        int harmless = file.endsWith(".bmp") ? 3 : 0;
        for (int length = 18; length < whole.length - harmless; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            ImageException failure = failure(() -> ImageDecoder.decode(part, MANY));
            assertThat(failure)
                    .as("%s cut to %d of %d bytes", file, length, whole.length)
                    .isNotNull();
            assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(Kind.CORRUPT);
            assertThat(failure.getMessage()).isNotBlank().doesNotContain("\n");
        }
    }

    @Test
    void truncationIsSaidPlainly() {
        assertFails(cut("420.jpg", 700), Kind.CORRUPT, "JPEG is truncated inside its picture data: 700 bytes");
        assertFails(cut("rgb.png", 300), Kind.CORRUPT, "PNG is truncated: its IDAT chunk at byte 33 claims");
        assertFails(cut("lossy.webp", 100), Kind.CORRUPT, "WebP is truncated: its VP8  chunk at byte 12 claims");
        assertFails(cut("rgb.bmp", 1000), Kind.CORRUPT, "BMP is truncated: 37 x 23 pixels of 24 bits end at byte");
    }

    @Test
    void pictureDataThatEndEarlyInsideWholeContainersAreCorrupt() {
        byte[] jpeg = Resources.bytes("420.jpg");
        byte[] shortJpeg = Arrays.copyOf(jpeg, jpeg.length - 102);
        shortJpeg[shortJpeg.length - 2] = (byte) 0xff;
        shortJpeg[shortJpeg.length - 1] = (byte) 0xd9;
        assertFails(shortJpeg, Kind.CORRUPT, "JPEG data are damaged");

        byte[] webp = Resources.bytes("lossy.webp");
        ByteBuffer shortWebp =
                ByteBuffer.wrap(Arrays.copyOf(webp, webp.length / 2 & ~1)).order(ByteOrder.LITTLE_ENDIAN);
        shortWebp.putInt(4, shortWebp.capacity() - 8).putInt(16, shortWebp.capacity() - 20);
        assertFails(shortWebp.array(), Kind.CORRUPT, "WebP data are damaged");

        assertFails(pngWithRows(20, 20, 7), Kind.CORRUPT, "PNG data are damaged");
    }

    @Test
    void flippedBitInAPngIsFoundByItsChecksum() {
        byte[] png = Resources.bytes("rgb.png");
        png[200] ^= 4;
        assertFails(png, Kind.CORRUPT, "PNG IDAT chunk at byte 33 does not match its checksum");
    }

    @Test
    void onePixelIsAValidPictureAndUpscales() throws ImageException {
        RgbImage dot = new RgbImage(1, 1, new byte[] {(byte) 200, 100, 50});
        RgbImage decoded = ImageDecoder.decode(PngEncoder.encode(dot), 1);
        RgbImage square = PillowResize.resize(SquareCrop.centre(decoded), 64, 64, PillowResize.Filter.BICUBIC);

        assertThat(decoded).isEqualTo(dot);
        for (int i = 0; i < square.pixels().length; i++) {
            assertThat(square.pixels()[i]).isEqualTo(dot.pixels()[i % 3]);
        }
    }

    @Test
    void veryWidePictureIsCroppedToItsCentre() throws ImageException {
        RgbImage wide = Resources.noise(30_000, 40);
        RgbImage square = SquareCrop.centre(ImageDecoder.decode(PngEncoder.encode(wide), MANY));

        assertThat(square.size()).isEqualTo("40x40");
        int first = 3 * ((30_000 - 40) / 2);
        assertThat(Arrays.copyOf(square.pixels(), 120))
                .isEqualTo(Arrays.copyOfRange(wide.pixels(), first, first + 120));
    }

    @Test
    void enormousHeadersAreTooLargeBeforeAnythingIsAllocated() {
        String message = "PNG header says 100000 x 100000 = 10000000000 pixels, more than the bound of 10000000";
        assertFails(pngWithRows(100_000, 100_000, 1), Kind.TOO_LARGE, message);
        assertThatThrownBy(() -> ImageDecoder.decode(pngWithRows(100_000, 100_000, 1), Long.MAX_VALUE))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("more than the bound of " + RgbImage.MAX_PIXELS);

        byte[] jpeg = Resources.bytes("420.jpg");
        int frame = 0;
        while (jpeg[frame] != (byte) 0xff || jpeg[frame + 1] != (byte) 0xc0) {
            frame++;
        }
        ByteBuffer.wrap(jpeg).putShort(frame + 5, (short) 65_000).putShort(frame + 7, (short) 65_001);
        assertFails(jpeg, Kind.TOO_LARGE, "JPEG header says 65001 x 65000 = 4225065000 pixels");

        byte[] bmp = Resources.bytes("rgb.bmp");
        ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).putInt(18, 100_000).putInt(22, -100_000);
        assertFails(bmp, Kind.TOO_LARGE, "BMP header says 100000 x 100000");

        byte[] webp = Resources.bytes("lossy-alpha.webp");
        Arrays.fill(webp, 24, 30, (byte) 0xff);
        assertFails(webp, Kind.TOO_LARGE, "WebP header says 16777216 x 16777216");
    }

    /** A file of 600 KB whose every scan is a pass over 100 million pixels. */
    @Test
    void scansOfALargePictureAreFewerThanOfASmallOne() {
        byte[] jpeg = Resources.bytes("progressive.jpg");
        List<Part> parts = new ArrayList<>(Part.ofJpeg(jpeg));
        Part last = parts.get(parts.size() - 1);
        for (int i = 0; i < 70; i++) {
            parts.add(last);
        }
        ImageException small = failure(() -> ImageDecoder.decode(Part.jpeg(parts), MANY));
        assertThat(String.valueOf(small)).doesNotContain("scans");
        for (Part part : parts) {
            if (part.type().equals("\u00c2")) {
                ByteBuffer.wrap(part.data()).putShort(1, (short) 10_000).putShort(3, (short) 10_000);
            }
        }
        ImageException large = failure(() -> ImageDecoder.decode(Part.jpeg(parts), 10 * MANY));
        assertThat(large).hasMessage("JPEG of 10000 x 10000 pixels has more than 64 scans");
        assertThat(large.kind()).isEqualTo(Kind.CORRUPT);
    }

    @Test
    void boundIsOnPixelsAndInclusive() throws ImageException {
        assertThat(ImageDecoder.decode(Resources.bytes("rgb.png"), 37 * 23).size())
                .isEqualTo("37x23");
        assertThat(failure(() -> ImageDecoder.decode(Resources.bytes("rgb.png"), 37 * 23 - 1))
                        .kind())
                .isEqualTo(Kind.TOO_LARGE);
    }

    /** Any other throwable than an ImageException fails the test; the bound on pixels bounds time and memory. */
    @Test
    void aThousandMutationsFailCleanlyOrDecode() {
        Random random = new Random(20_221_118);
        String[] files = {
            "420.jpg",
            "progressive.jpg",
            "cmyk.jpg",
            "exif6.jpg",
            "rgb.png",
            "interlaced.png",
            "palette4.png",
            "lossy.webp",
            "lossless-alpha.webp",
            "animated.webp",
            "rgb.bmp",
            "palette.bmp"
        };
        int failures = 0;
        for (int i = 0; i < 1_000; i++) {
            String file = files[i % files.length];
            byte[] mutant = mutate(Resources.bytes(file), random);
            if (file.endsWith(".png")) {
                repairChecksums(mutant);
            }
            ImageException failure = failure(() -> ImageDecoder.decode(mutant, 1_000_000));
            if (failure != null) {
                failures++;
                assertThat(failure.getMessage()).isNotBlank().doesNotContain("\n");
            }
        }
        assertThat(failures).isBetween(100, 1_000);
    }

    private static byte[] mutate(byte[] file, Random random) {
        byte[] mutant = random.nextInt(5) == 0 ? Arrays.copyOf(file, 1 + random.nextInt(file.length)) : file;
        for (int count = 1 + random.nextInt(6); count > 0; count--) {
            // Half of the damage goes to the headers, where it does most.
            int at = random.nextInt(random.nextBoolean() ? Math.min(64, mutant.length) : mutant.length);
            mutant[at] = (byte) random.nextInt(256);
        }
        return mutant;
    }

    /** So that mutations reach the decompressor instead of ending at the checksum. */
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

    /** A valid container whose header claims a size and whose data have fewer rows of 20 pixels. */
    private static byte[] pngWithRows(int width, int height, int rows) {
        byte[] png = PngEncoder.encode(RgbImage.black(20, rows));
        ByteBuffer.wrap(png).putInt(16, width).putInt(20, height);
        repairChecksums(png);
        return png;
    }

    private static byte[] cut(String file, int length) {
        return Arrays.copyOf(Resources.bytes(file), length);
    }

    private static void assertFails(byte[] file, Kind kind, String message) {
        ImageException failure = failure(() -> ImageDecoder.decode(file, MANY));
        assertThat(failure).isNotNull().hasMessageContaining(message);
        assertThat(failure.kind()).isEqualTo(kind);
    }

    private static ImageException failure(ThrowingCallable decode) {
        return catchThrowableOfType(ImageException.class, decode);
    }
}
