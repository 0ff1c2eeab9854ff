package io.sparkinversion.image;

import io.sparkinversion.image.Decoding.Background;
import io.sparkinversion.image.Decoding.ColourProfile;
import io.sparkinversion.image.Picture.Mark;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/** An image file whose size is known and whose pixels are not there yet. */
public final class UndecodedImage {
    private final EncodedImage image;
    private final Decoding how;

    UndecodedImage(EncodedImage image, Decoding how) {
        this.image = image;
        this.how = how;
    }

    /** Pixels, as stored: an orientation may exchange it with the height. */
    public int width() {
        return image.width();
    }

    /** Pixels, as stored. */
    public int height() {
        return image.height();
    }

    /** Of the picture, upright. */
    public Size size() {
        return image.orientation().swapsSides() ? new Size(height(), width()) : new Size(width(), height());
    }

    /**
     * The most heap that {@link #decode} takes at a time, its result included and the file not, in bytes: three a pixel
     * where the codec's own array can become the picture's, as for RGB of 8 bits, and up to eleven elsewhere. Codecs
     * take memory beside the heap, too: libwebp eight bytes a pixel, libjpeg two for each sample of a progressive
     * file.
     */
    public long decodingBytes() {
        int turned = image.orientation() == Orientation.UPRIGHT ? 0 : 2 * RgbImage.CHANNELS;
        boolean converted = image.profile() != null && how.profile() == ColourProfile.CONVERT;
        int beside = converted ? 2 * RgbImage.CHANNELS : 0;
        return (long) image.width() * image.height() * Math.max(image.bytesPerPixel() + beside, turned);
    }

    /**
     * The picture, upright.
     *
     * @throws ImageException if the data are damaged, or in a variant that is not supported
     */
    public Picture decode() throws ImageException {
        try {
            Decoded stored = image.decode(how);
            if (stored.image().width() != image.width() || stored.image().height() != image.height()) {
                throw ImageException.corrupt(
                        "%s header says %d x %d pixels, the data have %d x %d",
                        image.format(),
                        image.width(),
                        image.height(),
                        stored.image().width(),
                        stored.image().height());
            }
            return picture(stored);
        } catch (IOException | RuntimeException | AssertionError | StackOverflowError damage) {
            // Codecs meet damage with whatever exception they stumble into. Running out of memory and a class that
            // cannot be loaded are not the file's fault, and pass.
            throw ImageException.damaged(image.format(), damage);
        }
    }

    /** In this order: colours, what lies beneath them, orientation. */
    private Picture picture(Decoded stored) {
        Set<Mark> marks = EnumSet.noneOf(Mark.class);
        RgbImage pixels = stored.image();
        if (image.profile() != null) {
            IccProfile profile = IccProfile.of(image.profile());
            if (profile == null || !profile.isSrgb()) {
                boolean converts = profile != null && how.profile() == ColourProfile.CONVERT;
                RgbImage converted = converts ? profile.toSrgb(pixels, stored.grey()) : null;
                marks.add(converted == null ? Mark.PROFILE_IGNORED : Mark.PROFILE);
                pixels = converted == null ? pixels : converted;
            }
        }
        if (stored.transparency() != null && !stored.transparency().isOpaque()) {
            marks.add(Mark.ALPHA);
            if (how.background() != Background.KEEP) {
                stored.transparency().blend(pixels.pixels(), how.background().level());
            }
        }
        if (stored.truncatedFrom() != null) {
            marks.add(Mark.TRUNCATED);
            int from = RgbImage.CHANNELS * stored.truncatedFrom() * pixels.width();
            Arrays.fill(pixels.pixels(), from, pixels.pixels().length, (byte) 0);
        }
        if (image.repaired()) {
            marks.add(Mark.REPAIRED);
        }
        return new Picture(image.orientation().apply(pixels), marks);
    }
}
