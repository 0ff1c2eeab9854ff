package io.sparkinversion.image;

import com.drew.lang.ByteArrayReader;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import java.util.Arrays;

/**
 * How a stored picture must be turned to be seen upright: tag 0x0112 of EXIF 2.3, section 4.6.4, in the order of its
 * values 1 to 8. The names say what is done to the stored picture.
 */
enum Orientation {
    UPRIGHT,
    MIRROR,
    HALF_TURN,
    FLIP,
    TRANSPOSE,
    TURN_RIGHT,
    TRANSVERSE,
    TURN_LEFT;

    private static final byte[] EXIF_MARKER = {'E', 'x', 'i', 'f', 0, 0};

    /**
     * Reads the tag out of a TIFF structure, with or without the six bytes {@code Exif\0\0} before it.
     *
     * @param exif null where the file has none
     * @return upright where the tag is absent, out of range or the structure is broken: a bad note beside a picture
     *     does not spoil the picture
     */
    static Orientation ofExif(byte[] exif) {
        if (exif == null) {
            return UPRIGHT;
        }
        byte[] tiff = startsWithMarker(exif) ? Arrays.copyOfRange(exif, EXIF_MARKER.length, exif.length) : exif;
        Metadata metadata = new Metadata();
        try {
            new ExifReader().extract(new ByteArrayReader(tiff), metadata);
        } catch (RuntimeException broken) {
            return UPRIGHT;
        }
        ExifIFD0Directory directory = metadata.getFirstDirectoryOfType(ExifIFD0Directory.class);
        Integer value = directory == null ? null : directory.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
        return value == null || value < 1 || value > values().length ? UPRIGHT : values()[value - 1];
    }

    static boolean startsWithMarker(byte[] exif) {
        return exif.length >= EXIF_MARKER.length
                && Arrays.equals(exif, 0, EXIF_MARKER.length, EXIF_MARKER, 0, EXIF_MARKER.length);
    }

    RgbImage apply(RgbImage stored) {
        if (this == UPRIGHT) {
            return stored;
        }
        int storedWidth = stored.width();
        int storedHeight = stored.height();
        boolean sidesSwap = ordinal() >= TRANSPOSE.ordinal();
        int width = sidesSwap ? storedHeight : storedWidth;
        int height = sidesSwap ? storedWidth : storedHeight;
        byte[] from = stored.pixels();
        byte[] to = new byte[from.length];
        int target = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int sourceX = switch (this) {
                    case UPRIGHT, FLIP -> x;
                    case MIRROR, HALF_TURN -> storedWidth - 1 - x;
                    case TRANSPOSE, TURN_RIGHT -> y;
                    case TRANSVERSE, TURN_LEFT -> storedWidth - 1 - y;
                };
                int sourceY = switch (this) {
                    case UPRIGHT, MIRROR -> y;
                    case FLIP, HALF_TURN -> storedHeight - 1 - y;
                    case TRANSPOSE, TURN_LEFT -> x;
                    case TRANSVERSE, TURN_RIGHT -> storedHeight - 1 - x;
                };
                int source = 3 * (sourceY * storedWidth + sourceX);
                to[target++] = from[source];
                to[target++] = from[source + 1];
                to[target++] = from[source + 2];
            }
        }
        return new RgbImage(width, height, to);
    }
}
