package io.sparkinversion.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.sparkinversion.image.Decoding.Background;
import io.sparkinversion.image.Decoding.ColourProfile;
import io.sparkinversion.image.Picture.Mark;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files as phones, browsers and image programs leave them. */
class OddFilesTest {
    private static final long MANY = 1_000_000;
    private static final double MOST_OF_16_COLOURS = 25;
    private static final Decoding TRUNCATED = new Decoding(Background.KEEP, ColourProfile.IGNORE, true);
    private static final Decoding CONVERTED = new Decoding(Background.KEEP, ColourProfile.CONVERT, false);
    private static final Decoding ON_WHITE = new Decoding(Background.WHITE, ColourProfile.IGNORE, false);

    @Test
    void zerosInTheParametersOfASequentialScanAreHarmless() throws Exception {
        byte[] file = Resources.bytes("444.jpg");
        RgbImage intact = ImageDecoder.decode(file, MANY);
        int parameters = find(file, "\u00ff\u00da") + 4 + 1 + 2 * 3;
        assertThat(Arrays.copyOfRange(file, parameters, parameters + 3)).containsExactly(0, 63, 0);
        file[parameters + 1] = 0;
        Picture picture = picture(file, Decoding.AS_STORED);
        assertThat(picture.image()).isEqualTo(intact);
        assertThat(picture.marks()).containsExactly(Mark.REPAIRED);
    }

    @Test
    void bytesBeforeAJpegAreHarmless() throws Exception {
        byte[] file = Resources.bytes("444.jpg");
        Picture picture = picture(joined(new byte[] {0, 1, 2, 3, 4}, file), Decoding.AS_STORED);
        assertThat(picture.image()).isEqualTo(ImageDecoder.decode(file, MANY));
        assertThat(picture.markText()).isEqualTo("repaired");
    }

    @ParameterizedTest
    @CsvSource({"tiff:Orientation=\"6\"", "<tiff:Orientation>6</tiff:Orientation>"})
    void xmpTurnsWhereExifDoesNot(String tag) throws Exception {
        byte[] xmp = ("<x:xmpmeta xmlns:tiff=\"t\"><rdf " + tag + "/></x:xmpmeta>").getBytes(StandardCharsets.UTF_8);
        byte[] jpeg = Resources.bytes("444.jpg");
        RgbImage turned = Orientation.TURN_RIGHT.apply(ImageDecoder.decode(jpeg, MANY));
        byte[] segment = joined("http://ns.adobe.com/xap/1.0/\0".getBytes(StandardCharsets.US_ASCII), xmp);
        byte[] head = {(byte) 0xff, (byte) 0xe1, (byte) (segment.length + 2 >> 8), (byte) (segment.length + 2)};
        byte[] inJpeg = joined(Arrays.copyOf(jpeg, 2), head, segment, Arrays.copyOfRange(jpeg, 2, jpeg.length));
        assertThat(ImageDecoder.decode(inJpeg, MANY)).isEqualTo(turned);

        byte[] png = Resources.bytes("rgb.png");
        turned = Orientation.TURN_RIGHT.apply(ImageDecoder.decode(png, MANY));
        byte[] text = joined("XML:com.adobe.xmp\0\0\0\0\0".getBytes(StandardCharsets.US_ASCII), xmp);
        assertThat(ImageDecoder.decode(withChunk(png, "iTXt", text), MANY)).isEqualTo(turned);
    }

    @Test
    void rawProfilesOfPngTurn() throws Exception {
        byte[] png = Resources.bytes("rgb.png");
        byte[] exif = HexFormat.of().parseHex("4d4d002a00000008000101120003000000010006000000000000");
        String text = "\nexif\n" + String.format("%8d", exif.length) + "\n"
                + HexFormat.of().formatHex(exif) + "\n";
        byte[] plain = joined(
                "Raw profile type exif\0".getBytes(StandardCharsets.US_ASCII),
                text.getBytes(StandardCharsets.US_ASCII));
        RgbImage turned = Orientation.TURN_RIGHT.apply(ImageDecoder.decode(png, MANY));
        assertThat(ImageDecoder.decode(withChunk(png, "tEXt", plain), MANY)).isEqualTo(turned);
        byte[] zipped = joined(
                "Raw profile type APP1\0\0".getBytes(StandardCharsets.US_ASCII),
                deflated(text.getBytes(StandardCharsets.US_ASCII)));
        assertThat(ImageDecoder.decode(withChunk(png, "zTXt", zipped), MANY)).isEqualTo(turned);
    }

    @Test
    void whatIsTransparentShowsTheBackground() throws Exception {
        for (String file : new String[] {
            "rgba.png",
            "rgba16.png",
            "grey-alpha.png",
            "lossy-alpha.webp",
            "lossless-alpha.webp",
            "palette-transparent.png",
            "transparent-colour.png"
        }) {
            Picture kept = picture(Resources.bytes(file), Decoding.AS_STORED);
            Picture white = picture(Resources.bytes(file), ON_WHITE);
            Picture black = picture(Resources.bytes(file), new Decoding(Background.BLACK, ColourProfile.IGNORE, false));
            assertThat(white.marks()).as(file).contains(Mark.ALPHA);
            assertThat(kept.marks()).as(file).contains(Mark.ALPHA);
            // Each channel on white, on black and beneath: white - black = 255 - alpha, and kept * alpha = black * 255.
            byte[] stored = kept.image().pixels();
            for (int i = 0; i < stored.length; i++) {
                int onBlack = black.image().pixels()[i] & 0xff;
                int alpha = 255 - (white.image().pixels()[i] & 0xff) + onBlack;
                assertThat((stored[i] & 0xff) * alpha / 255.0).as(file).isCloseTo(onBlack, offset(1.0));
            }
        }
    }

    @Test
    void aColourProfileIsAppliedOrIgnored() throws Exception {
        byte[] linear = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
        byte[] png = Resources.bytes("rgb.png");
        byte[] chunk = joined("linear\0\0".getBytes(StandardCharsets.US_ASCII), deflated(linear));
        byte[] file = withChunk(png, "iCCP", chunk);
        RgbImage stored = ImageDecoder.decode(png, MANY);
        Picture converted = picture(file, CONVERTED);
        assertThat(converted.marks()).containsExactly(Mark.PROFILE);
        for (int i = 0; i < stored.pixels().length; i++) {
            double value = (stored.pixels()[i] & 0xff) / 255.0;
            // IEC 61966-2-1.
            double expected = value <= 0.0031308 ? 12.92 * value : 1.055 * Math.pow(value, 1 / 2.4) - 0.055;
            assertThat((converted.image().pixels()[i] & 0xff) / 255.0).isCloseTo(expected, offset(0.02));
        }
        Picture ignored = picture(file, Decoding.AS_STORED);
        assertThat(ignored.image()).isEqualTo(stored);
        assertThat(ignored.marks()).containsExactly(Mark.PROFILE_IGNORED);

        byte[] srgb = ICC_Profile.getInstance(ColorSpace.CS_sRGB).getData();
        byte[] plain = withChunk(png, "iCCP", joined("s\0\0".getBytes(StandardCharsets.US_ASCII), deflated(srgb)));
        assertThat(picture(plain, CONVERTED)).isEqualTo(new Picture(stored, Set.of()));
        byte[] rubbish =
                withChunk(png, "iCCP", joined("x\0\0".getBytes(StandardCharsets.US_ASCII), deflated(new byte[300])));
        assertThat(picture(rubbish, CONVERTED).markText()).isEqualTo("profile-ignored");
    }

    @Test
    void aTruncatedFileIsRefusedOrBlackBelow() throws Exception {
        RgbImage noise = Resources.noise(64, 64);
        ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
        ImageIO.write(noise.toBufferedImage(), "jpg", jpeg);
        for (byte[] file : new byte[][] {jpeg.toByteArray(), PngEncoder.encode(noise)}) {
            RgbImage whole = ImageDecoder.decode(file, MANY);
            byte[] half = Arrays.copyOf(file, file.length / 2);
            assertThatThrownBy(() -> ImageDecoder.decode(half, MANY)).hasMessageContaining("truncated");
            Picture picture = picture(half, TRUNCATED);
            assertThat(picture.marks()).containsExactly(Mark.TRUNCATED);
            int equal = 0;
            while (Arrays.equals(row(whole, equal), row(picture.image(), equal))) {
                equal++;
            }
            assertThat(equal).isBetween(14, 34);
            for (int y = equal + 16; y < 64; y++) {
                assertThat(row(picture.image(), y)).containsOnly(0);
            }
        }
        byte[] withoutEnd = Arrays.copyOf(jpeg.toByteArray(), jpeg.size() - 2);
        assertThat(picture(withoutEnd, TRUNCATED).image()).isEqualTo(ImageDecoder.decode(jpeg.toByteArray(), MANY));
    }

    /** Both are Pillow's, of the picture that is in rgb.png, the GIF with 16 colours. */
    @Test
    void gifAndTiffAreRead() throws Exception {
        RgbImage wanted = ImageDecoder.decode(Resources.bytes("rgb.png"), MANY);
        assertThat(ImageDecoder.decode(Resources.bytes("rgb.tif"), MANY)).isEqualTo(wanted);
        RgbImage gif = ImageDecoder.decode(Resources.bytes("palette.gif"), MANY);
        assertThat(gif.size()).isEqualTo(wanted.size());
        double sum = 0;
        for (int i = 0; i < gif.pixels().length; i++) {
            sum += Math.abs((gif.pixels()[i] & 0xff) - (wanted.pixels()[i] & 0xff));
        }
        assertThat(sum / gif.pixels().length).isLessThan(MOST_OF_16_COLOURS);
        for (String file : new String[] {"rgb.tif", "palette.gif"}) {
            assertThatThrownBy(() -> ImageDecoder.decode(Resources.bytes(file), 10))
                    .hasMessageContaining("pixels");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "\\0\\0\\0\\34ftypheic\\0\\0\\0\\0mif1 ~ a HEIC picture",
                "\\0\\0\\0\\34ftypavif\\0\\0\\0\\0mif1 ~ an AVIF picture",
                "\\0\\0\\0\\34ftypisom\\0\\0\\0\\0     ~ an MP4 or QuickTime video",
                "\\0\\0\\0\\14jP  \\r\\n               ~ a JPEG 2000 picture",
                "\\0\\0\\0\\14JXL \\r\\n               ~ a JPEG XL picture",
                "8BPS\\0\\1                            ~ a Photoshop document",
                "%PDF-1.7                              ~ a PDF document",
                "<!DOCTYPE html><html>                 ~ an HTML page",
                "version https://git-lfs.github.com/spec/v1 ~ a git-lfs pointer",
                "<svg xmlns='x'/>                      ~ an SVG drawing",
            })
    void otherFilesAreNamed(String head, String kind) {
        byte[] file = head.translateEscapes().getBytes(StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> ImageDecoder.decode(file, MANY))
                .isInstanceOf(ImageException.class)
                .hasMessageStartingWith("the file is " + kind);
    }

    private static Picture picture(byte[] file, Decoding how) throws ImageException {
        return ImageDecoder.open(file, MANY, how).decode();
    }

    private static byte[] row(RgbImage image, int y) {
        return Arrays.copyOfRange(image.pixels(), 3 * image.width() * y, 3 * image.width() * (y + 1));
    }

    private static int find(byte[] file, String bytes) {
        return new String(file, StandardCharsets.ISO_8859_1).indexOf(bytes);
    }

    /** The PNG with a chunk behind its header. */
    private static byte[] withChunk(byte[] png, String type, byte[] data) {
        byte[] content = joined(type.getBytes(StandardCharsets.US_ASCII), data);
        CRC32 checksum = new CRC32();
        checksum.update(content);
        byte[] length = ByteBuffer.allocate(4).putInt(data.length).array();
        byte[] sum = ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array();
        return joined(Arrays.copyOf(png, 33), length, content, sum, Arrays.copyOfRange(png, 33, png.length));
    }

    private static byte[] deflated(byte[] data) throws IOException {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (DeflaterOutputStream stream = new DeflaterOutputStream(zipped)) {
            stream.write(data);
        }
        return zipped.toByteArray();
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Arrays.stream(parts).forEach(all::writeBytes);
        return all.toByteArray();
    }
}
