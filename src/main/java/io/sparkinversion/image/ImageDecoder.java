package io.sparkinversion.image;

import io.sparkinversion.image.ImageException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

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
 *   <li>GIF: the first frame. TIFF: the first page, grey, RGB or a palette.
 * </ul>
 *
 * <p>{@link Decoding} says whether alpha is blended and colour profiles are applied; Pillow does neither. 16-bit samples keep their high byte (Pillow does
 * the same for colour, and for 16-bit grey clamps at 255, which whitens the picture; that is not followed).
 *
 * <p>A damaged file is {@link Kind#CORRUPT}; one that ends early may be allowed, and has black instead of what is
 * missing. Faults that change no pixel are passed over: zeros for the parameters of a sequential JPEG's scan, bytes
 * before it. Safe for use from several threads.
 */
public final class ImageDecoder {

    private static final int MOST_BYTES_BEFORE = 1024;

    private ImageDecoder() {}

    /**
     * @param encoded a whole file
     * @param maxPixels the bound on width x height; the header is held against it before anything is decoded
     * @throws ImageException for every way in which the bytes can be unusable
     */
    public static RgbImage decode(byte[] encoded, long maxPixels) throws ImageException {
        return open(encoded, maxPixels, Decoding.AS_STORED).decode().image();
    }

    /**
     * Checks the file's header and its structure from end to end, at the cost of a few copies of the file.
     *
     * @param how samples become RGB
     * @return what {@link #decode} decodes
     * @throws ImageException as {@link #decode} does
     */
    public static UndecodedImage open(byte[] encoded, long maxPixels, Decoding how) throws ImageException {
        if (encoded.length == 0) {
            throw new ImageException(Kind.EMPTY, "the file is empty (0 bytes)");
        }
        try {
            return new UndecodedImage(open(encoded, new PixelLimit(maxPixels), how), how);
        } catch (RuntimeException damage) {
            throw ImageException.damaged("image", damage);
        }
    }

    private static EncodedImage open(byte[] file, PixelLimit limit, Decoding how) throws ImageException {
        if (startsWith(file, 0, "\u00ff\u00d8")) {
            return JpegFile.open(file, limit, how, false);
        }
        if (startsWith(file, 0, "\u0089PNG")) {
            return PngFile.open(file, limit, how);
        }
        if (startsWith(file, 0, "RIFF") && (file.length < 12 || startsWith(file, 8, "WEBP"))) {
            return WebpFile.open(file, limit);
        }
        if (startsWith(file, 0, "BM") && BmpFile.looksLikeOne(file)) {
            return BmpFile.open(file, limit);
        }
        if (startsWith(file, 0, "GIF87a") || startsWith(file, 0, "GIF89a")) {
            return BuiltInFile.gif(file, limit);
        }
        if (startsWith(file, 0, "II*\0") || startsWith(file, 0, "MM\0*")) {
            return BuiltInFile.tiff(file, limit);
        }
        int jpeg = FileKind.of(file) == null && !FileKind.isText(file) ? jpegBehindBytes(file) : -1;
        if (jpeg > 0) {
            return JpegFile.open(Arrays.copyOfRange(file, jpeg, file.length), limit, how, true);
        }
        throw ImageException.unsupported("%s", FileKind.describe(file));
    }

    /** Where a JPEG begins that has a few bytes before it, which some programs write; -1 for nowhere. */
    private static int jpegBehindBytes(byte[] file) {
        for (int i = 1; i < Math.min(MOST_BYTES_BEFORE, file.length); i++) {
            if (startsWith(file, i, "\u00ff\u00d8\u00ff")) {
                return i;
            }
        }
        return -1;
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
