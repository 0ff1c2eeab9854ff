package io.sparkinversion.image;

import java.io.IOException;

/** An image file whose size is known and whose pixels are not there yet. */
public final class UndecodedImage {
    private final EncodedImage image;

    UndecodedImage(EncodedImage image) {
        this.image = image;
    }

    /** Pixels, as stored: an orientation may exchange it with the height. */
    public int width() {
        return image.width();
    }

    /** Pixels, as stored. */
    public int height() {
        return image.height();
    }

    /**
     * The most heap that {@link #decode} takes at a time, its result included and the file not, in bytes: three a pixel
     * where the codec's own array can become the picture's, as for RGB of 8 bits, and up to eleven elsewhere. Codecs
     * take memory beside the heap, too: libwebp eight bytes a pixel, libjpeg two for each sample of a progressive
     * file.
     */
    public long decodingBytes() {
        int turned = image.orientation() == Orientation.UPRIGHT ? 0 : 2 * RgbImage.CHANNELS;
        return (long) image.width() * image.height() * Math.max(image.bytesPerPixel(), turned);
    }

    /**
     * The picture, upright.
     *
     * @throws ImageException if the data are damaged, or in a variant that is not supported
     */
    public RgbImage decode() throws ImageException {
        try {
            RgbImage stored = image.decode();
            if (stored.width() != image.width() || stored.height() != image.height()) {
                throw ImageException.corrupt(
                        "%s header says %d x %d pixels, the data have %d x %d",
                        image.format(), image.width(), image.height(), stored.width(), stored.height());
            }
            return image.orientation().apply(stored);
        } catch (IOException | RuntimeException | AssertionError | StackOverflowError damage) {
            // Codecs meet damage with whatever exception they stumble into. Running out of memory and a class that
            // cannot be loaded are not the file's fault, and pass.
            throw ImageException.damaged(image.format(), damage);
        }
    }
}
