package io.sparkinversion.image;

import io.sparkinversion.image.ImageException.Kind;
import java.nio.charset.StandardCharsets;

/**
 * Encoded bytes to an upright 8-bit RGB picture, with the sample values that Pillow's
 * {@code ImageOps.exif_transpose(Image.open(f)).convert("RGB")} gives.
 *
 * <ul>
 *   <li>JPEG: baseline, extended and progressive, 8 bits, grey, YCbCr, RGB, CMYK and YCCK (inverted, as Adobe writes
 *       and Pillow assumes). Arithmetic-coded, lossless and 12-bit ones are {@link Kind#UNKNOWN_FORMAT}.
 *   <li>PNG: all of them; of an animated one the default image.
 *   <li>WebP: lossy, lossless, with alpha; of an animated one the first frame.
 *   <li>BMP: uncompressed, 1 to 32 bits.
 * </ul>
 *
 * <p>Alpha is dropped, not blended. Colour profiles are not applied. 16-bit samples keep their high byte (Pillow does
 * the same for colour, and for 16-bit grey clamps at 255, which whitens the picture; that is not followed).
 *
 * <p>A damaged file is never filled up with grey: it is {@link Kind#CORRUPT}. Safe for use from several threads.
 */
public final class ImageDecoder {

    private ImageDecoder() {}

    /**
     * @param encoded a whole file
     * @param maxPixels the bound on width x height; the header is held against it before anything is decoded
     * @throws ImageException for every way in which the bytes can be unusable
     */
    public static RgbImage decode(byte[] encoded, long maxPixels) throws ImageException {
        return open(encoded, maxPixels).decode();
    }

    /**
     * Checks the file's header and its structure from end to end, at the cost of a few copies of the file.
     *
     * @return what {@link #decode} decodes
     * @throws ImageException as {@link #decode} does
     */
    public static UndecodedImage open(byte[] encoded, long maxPixels) throws ImageException {
        if (encoded.length == 0) {
            throw new ImageException(Kind.EMPTY, "the file is empty (0 bytes)");
        }
        try {
            return new UndecodedImage(open(encoded, new PixelLimit(maxPixels)));
        } catch (RuntimeException damage) {
            throw ImageException.damaged("image", damage);
        }
    }

    private static EncodedImage open(byte[] file, PixelLimit limit) throws ImageException {
        if (startsWith(file, 0, "\u00ff\u00d8")) {
            return JpegFile.open(file, limit);
        }
        if (startsWith(file, 0, "\u0089PNG")) {
            return PngFile.open(file, limit);
        }
        if (startsWith(file, 0, "RIFF") && (file.length < 12 || startsWith(file, 8, "WEBP"))) {
            return WebpFile.open(file, limit);
        }
        if (startsWith(file, 0, "BM") && BmpFile.looksLikeOne(file)) {
            return BmpFile.open(file, limit);
        }
        throw ImageException.unsupported(
                "%s; supported are JPEG, PNG, WebP and BMP (what counts is the bytes, not the file's name)",
                describe(file));
    }

    private static String describe(byte[] file) {
        if (startsWith(file, 0, "II*\0") || startsWith(file, 0, "MM\0*")) {
            return "the file is a TIFF";
        }
        if (startsWith(file, 4, "ftyp")) {
            return "the file is a HEIF, AVIF or MP4";
        }
        StringBuilder bytes = new StringBuilder();
        boolean text = true;
        for (int i = 0; i < Math.min(file.length, 512); i++) {
            text &= file[i] >= ' ' || file[i] == '\n' || file[i] == '\r' || file[i] == '\t';
            if (i < 8) {
                bytes.append(i == 0 ? "" : " ").append("%02x".formatted(file[i]));
            }
        }
        return text ? "the file is text, not an image" : "the file starts with the bytes " + bytes;
    }

    private static boolean startsWith(byte[] file, int offset, String magic) {
        byte[] wanted = magic.getBytes(StandardCharsets.ISO_8859_1);
        if (file.length < offset + wanted.length) {
            return false;
        }
        for (int i = 0; i < wanted.length; i++) {
            if (file[offset + i] != wanted[i]) {
                return false;
            }
        }
        return true;
    }
}
