package io.sparkinversion.image;

import java.io.IOException;

/**
 * A file whose container has been checked from end to end and whose pixels have not been touched yet. Each format's
 * {@code open} holds the header's dimensions against the {@link PixelLimit} before it looks further, and allocates no
 * more than a small multiple of the file's size, whatever size the header claims.
 */
sealed interface EncodedImage permits JpegFile, PngFile, WebpFile, BmpFile, BuiltInFile {

    /** Name of the format, for messages. */
    String format();

    /** Pixels, as stored, before the orientation is applied. */
    int width();

    /** Pixels, as stored, before the orientation is applied. */
    int height();

    /** The orientation, upright where the file says nothing. */
    Orientation orientation();

    /** The colour profile; null where the file has none. */
    default byte[] profile() {
        return null;
    }

    /** Whether the file has a fault that changes no pixel. */
    default boolean repaired() {
        return false;
    }

    /** The most heap that {@link #decode} takes at a time for each pixel, those of the result included, in bytes. */
    int bytesPerPixel();

    /**
     * The pixels as stored, before the orientation, the background and the profile are applied.
     *
     * @throws IOException if the codec finds the data damaged; a codec may also throw unchecked for that reason
     * @throws ImageException if the data are damaged, or in a variant that is not supported
     */
    Decoded decode(Decoding how) throws IOException, ImageException;
}
