package io.sparkinversion.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
    private static final int TIFF_HEADER_BYTES = 8;
    private static final int TIFF_VERSION = 42;
    private static final int ENTRY_BYTES = 12;
    private static final int TAG = 0x0112;
    /** The types that TIFF has for whole numbers; writers are to take SHORT. */
    private static final int BYTE = 1;

    private static final int SHORT = 3;
    private static final int LONG = 4;

    /** Tag of Adobe's XMP, as an attribute or as an element. */
    private static final Pattern XMP_TAG = Pattern.compile("tiff:Orientation(?:=\"|>)([0-9])");

    /**
     * By EXIF or, where that does not say it, by XMP.
     *
     * @param exif null where the file has none
     * @param xmp likewise
     */
    static Orientation of(byte[] exif, byte[] xmp) {
        Orientation byExif = ofExif(exif);
        if (xmp == null || byExif != UPRIGHT || exif != null && valueIn(exif) != 0) {
            return byExif;
        }
        Matcher tag = XMP_TAG.matcher(new String(xmp, StandardCharsets.ISO_8859_1));
        return tag.find() ? ofValue(Integer.parseInt(tag.group(1))) : UPRIGHT;
    }

    /**
     * Reads the tag out of a TIFF structure, with or without the six bytes {@code Exif\0\0} before it. Nothing else of
     * the structure is followed or copied: an entry may claim all of the file as its own, and thousands may do so.
     *
     * @param exif null where the file has none
     * @return upright where the tag is absent, out of range or the structure is broken: a bad note beside a picture
     *     does not spoil the picture
     */
    static Orientation ofExif(byte[] exif) {
        return exif == null ? UPRIGHT : ofValue(valueIn(exif));
    }

    private static long valueIn(byte[] exif) {
        int start = startsWithMarker(exif) ? EXIF_MARKER.length : 0;
        return orientationTag(ByteBuffer.wrap(exif, start, exif.length - start).slice());
    }

    private static Orientation ofValue(long value) {
        return value < 1 || value > values().length ? UPRIGHT : values()[(int) value - 1];
    }

    /** Its value in the first directory (TIFF 6.0, section 2), the last one where it is there twice; 0 for none. */
    private static long orientationTag(ByteBuffer tiff) {
        int size = tiff.capacity();
        if (size < TIFF_HEADER_BYTES || tiff.get(0) != tiff.get(1) || tiff.get(0) != 'I' && tiff.get(0) != 'M') {
            return 0;
        }
        tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        long directory = Integer.toUnsignedLong(tiff.getInt(4));
        if (tiff.getShort(2) != TIFF_VERSION || directory > size - Short.BYTES) {
            return 0;
        }
        int entry = (int) directory + Short.BYTES;
        int entries = Short.toUnsignedInt(tiff.getShort((int) directory));
        long value = 0;
        for (int i = 0; i < entries && entry <= size - ENTRY_BYTES; i++, entry += ENTRY_BYTES) {
            if (tiff.getShort(entry) == TAG && tiff.getInt(entry + 4) == 1) {
                value = switch (tiff.getShort(entry + 2)) {
                    case BYTE -> tiff.get(entry + 8);
                    case SHORT -> tiff.getShort(entry + 8);
                    case LONG -> tiff.getInt(entry + 8);
                    default -> 0;
                };
            }
        }
        return value;
    }

    static boolean startsWithMarker(byte[] exif) {
        return exif.length >= EXIF_MARKER.length
                && Arrays.equals(exif, 0, EXIF_MARKER.length, EXIF_MARKER, 0, EXIF_MARKER.length);
    }

    /** Whether the picture is as wide as the stored one is high. */
    boolean swapsSides() {
        return ordinal() >= TRANSPOSE.ordinal();
    }

    RgbImage apply(RgbImage stored) {
        if (this == UPRIGHT) {
            return stored;
        }
        int storedWidth = stored.width();
        int storedHeight = stored.height();
        int width = swapsSides() ? storedHeight : storedWidth;
        int height = swapsSides() ? storedWidth : storedHeight;
        byte[] from = stored.pixels();
        byte[] to = new byte[from.length];
        int target = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int sourceX =
                        switch (this) {
                            case UPRIGHT, FLIP -> x;
                            case MIRROR, HALF_TURN -> storedWidth - 1 - x;
                            case TRANSPOSE, TURN_RIGHT -> y;
                            case TRANSVERSE, TURN_LEFT -> storedWidth - 1 - y;
                        };
                int sourceY =
                        switch (this) {
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
