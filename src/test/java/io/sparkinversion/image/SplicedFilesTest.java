package io.sparkinversion.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sparkinversion.image.ImageException.Kind;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Odd but valid containers around pictures that Pillow has decoded, and variants that are not supported. */
class SplicedFilesTest {

    private static final long BOUND = 1_000_000;
    private static final int SOI = 2;

    @Test
    void fillBytesAndAnEndMarkerInsideACommentArePassedOver() throws ImageException {
        byte[] comment = segment(0xfe, new byte[] {'a', (byte) 0xff, (byte) 0xd9, 'b'});
        byte[] fill = {(byte) 0xff, (byte) 0xff, (byte) 0xff};
        assertThat(decode(splice("420.jpg", SOI, fill, comment, fill))).isEqualTo(upright("420.jpg"));
    }

    @Test
    void jfifDecidesTheColoursEvenBesideAnAdobeSegmentThatSaysRgb() throws ImageException {
        byte[] adobe = segment(0xee, "Adobe\0d\0\0\0\0\0".getBytes(StandardCharsets.US_ASCII));
        assertThat(Resources.bytes("444.jpg")[3]).as("JFIF's APP0").isEqualTo((byte) 0xe0);
        assertThat(decode(splice("444.jpg", SOI + 18, adobe))).isEqualTo(upright("444.jpg"));
    }

    @Test
    void exifOfEitherByteOrderTurnsAndOnlyTheFirstCounts() throws ImageException {
        RgbImage plain = upright("420.jpg");
        for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            for (int value = 1; value <= 8; value++) {
                RgbImage turned = Orientation.values()[value - 1].apply(plain);
                byte[] xmp = segment(0xe1, "http://ns.adobe.com/xap/1.0/\0<x/>".getBytes(StandardCharsets.US_ASCII));
                byte[] first = exif(tiff(value, order));
                byte[] second = exif(tiff(9 - value, order));
                assertThat(decode(splice("420.jpg", SOI, xmp, first, second)))
                        .as("orientation %d, %s", value, order)
                        .isEqualTo(turned);
            }
        }
    }

    @Test
    void brokenExifDoesNotSpoilThePicture() throws ImageException {
        byte[] whole = tiff(6, ByteOrder.LITTLE_ENDIAN);
        for (byte[] broken : new byte[][] {
            tiff(0, ByteOrder.BIG_ENDIAN), tiff(9, ByteOrder.LITTLE_ENDIAN),
            "nonsense".getBytes(StandardCharsets.US_ASCII), new byte[0],
            Arrays.copyOf(whole, 4), Arrays.copyOf(whole, 11)
        }) {
            assertThat(decode(splice("420.jpg", SOI, exif(broken)))).isEqualTo(upright("420.jpg"));
            assertThat(decode(splice("rgb.png", 33, chunk("eXIf", broken)))).isEqualTo(upright("rgb.png"));
        }
    }

    @Test
    void oddButHarmlessPngChunksArePassedOver() throws ImageException {
        byte[] text = chunk("zTXt", "no terminator".getBytes(StandardCharsets.US_ASCII));
        byte[] wrongChecksum = chunk("tIME", new byte[3]);
        wrongChecksum[wrongChecksum.length - 1] ^= 1;
        byte[] file = splice("rgb.png", 33, text, wrongChecksum, chunk("IDAT", new byte[0]));
        byte[] trailing = Arrays.copyOf(file, file.length + 9);
        assertThat(decode(trailing)).isEqualTo(upright("rgb.png"));
    }

    @ParameterizedTest
    @CsvSource({
        "0xc3, 8, 'JPEG of coding process SOF3 (lossless, differential or arithmetic) is not supported'",
        "0xc9, 8, 'JPEG of coding process SOF9 (lossless, differential or arithmetic) is not supported'",
        "0xc1, 12, 'JPEG of 3 components with 12 bits is not supported; re-save it as grey, RGB or CMYK with 8 bits'"
    })
    void rareJpegIsUnsupportedRatherThanCorrupt(String marker, byte bits, String message) {
        byte[] jpeg = Resources.bytes("420.jpg");
        int frame = SOI;
        while (jpeg[frame] != (byte) 0xff || jpeg[frame + 1] != (byte) 0xc0) {
            frame++;
        }
        jpeg[frame + 1] = Integer.decode(marker).byteValue();
        jpeg[frame + 4] = bits;
        assertUnsupported(jpeg, message);
    }

    @Test
    void compressedBitmapIsUnsupportedRatherThanCorrupt() {
        byte[] bitmap = Resources.bytes("palette.bmp");
        bitmap[30] = 1;
        assertUnsupported(bitmap, "BMP of 8 bits a pixel with compression 1 is not supported; re-save it uncompressed");
    }

    private static void assertUnsupported(byte[] file, String message) {
        ImageException refused = catchThrowableOfType(ImageException.class, () -> decode(file));
        assertThat(refused).isNotNull().hasMessage(message);
        assertThat(refused.kind()).isEqualTo(Kind.UNKNOWN_FORMAT);
    }

    private static RgbImage decode(byte[] file) throws ImageException {
        return ImageDecoder.decode(file, BOUND);
    }

    /** Pillow's pixels. */
    private static RgbImage upright(String file) {
        return Resources.rgb(file + ".rgb", 37, 23);
    }

    private static byte[] splice(String file, int at, byte[]... parts) {
        byte[] original = Resources.bytes(file);
        ByteArrayOutputStream spliced = new ByteArrayOutputStream();
        spliced.write(original, 0, at);
        for (byte[] part : parts) {
            spliced.writeBytes(part);
        }
        spliced.write(original, at, original.length - at);
        return spliced.toByteArray();
    }

    private static byte[] segment(int marker, byte[] content) {
        return ByteBuffer.allocate(4 + content.length)
                .put((byte) 0xff)
                .put((byte) marker)
                .putShort((short) (2 + content.length))
                .put(content)
                .array();
    }

    private static byte[] chunk(String type, byte[] content) {
        ByteBuffer chunk = ByteBuffer.allocate(12 + content.length)
                .putInt(content.length)
                .put(type.getBytes(StandardCharsets.US_ASCII))
                .put(content);
        CRC32 checksum = new CRC32();
        checksum.update(chunk.array(), 4, 4 + content.length);
        return chunk.putInt((int) checksum.getValue()).array();
    }

    private static byte[] exif(byte[] tiff) {
        byte[] marker = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);
        return segment(
                0xe1,
                ByteBuffer.allocate(marker.length + tiff.length)
                        .put(marker)
                        .put(tiff)
                        .array());
    }

    /** One directory with one entry: tag 0x0112, type SHORT, count 1. */
    private static byte[] tiff(int orientation, ByteOrder order) {
        return ByteBuffer.allocate(26)
                .put((order == ByteOrder.LITTLE_ENDIAN ? "II" : "MM").getBytes(StandardCharsets.US_ASCII))
                .order(order)
                .putShort((short) 42)
                .putInt(8)
                .putShort((short) 1)
                .putShort((short) 0x0112)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) orientation)
                .putShort((short) 0)
                .putInt(0)
                .array();
    }
}
