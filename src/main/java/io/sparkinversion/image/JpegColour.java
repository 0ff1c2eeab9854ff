package io.sparkinversion.image;

import java.awt.image.Raster;

/** What the components of a JPEG mean, and libjpeg's integer arithmetic from there to RGB. */
enum JpegColour {
    GREY,
    RGB,
    /** JFIF's YCbCr: ITU-R BT.601, full range. */
    YCBCR,
    /** Ink amounts, stored inverted as Adobe does. */
    CMYK,
    /** CMY of that turned into YCbCr; K as it is. */
    YCCK;

    private static final int FRACTION_BITS = 16;
    private static final int HALF = 1 << (FRACTION_BITS - 1);
    private static final int RED_OF_CR = fixed(1.40200);
    private static final int GREEN_OF_CR = fixed(0.71414);
    private static final int GREEN_OF_CB = fixed(0.34414);
    private static final int BLUE_OF_CB = fixed(1.77200);

    /**
     * libjpeg's guess, which all decoders share: JFIF means YCbCr; else Adobe's transform code decides; else component
     * ids that spell "RGB" mean RGB.
     *
     * @param adobeTransform -1 where there is no Adobe segment
     */
    static JpegColour of(int[] componentIds, boolean jfif, int adobeTransform) {
        if (componentIds.length == 1) {
            return GREY;
        }
        if (componentIds.length == 4) {
            return adobeTransform > 0 ? YCCK : CMYK;
        }
        if (jfif) {
            return YCBCR;
        }
        if (adobeTransform >= 0) {
            return adobeTransform == 0 ? RGB : YCBCR;
        }
        return componentIds[0] == 'R' && componentIds[1] == 'G' && componentIds[2] == 'B' ? RGB : YCBCR;
    }

    /**
     * @param components one byte band a component; three of them may become the image, in place
     */
    RgbImage convert(Raster components) {
        int width = components.getWidth();
        byte[] own = Samples.interleaved(components);
        if (own != null) {
            for (int i = 0; this == YCBCR && i < own.length; i += 3) {
                fromYcbcr(own, i, own, i);
            }
            return new RgbImage(width, components.getHeight(), own);
        }
        int bands = components.getNumBands();
        RgbImage image = RgbImage.black(width, components.getHeight());
        byte[] target = image.pixels();
        byte[] row = new byte[width * bands];
        int to = 0;
        for (int y = 0; y < components.getHeight(); y++) {
            components.getDataElements(0, y, width, 1, row);
            for (int from = 0; from < row.length; from += bands, to += 3) {
                convert(row, from, target, to);
            }
        }
        return image;
    }

    private void convert(byte[] row, int from, byte[] target, int to) {
        switch (this) {
            case GREY -> {
                target[to] = row[from];
                target[to + 1] = row[from];
                target[to + 2] = row[from];
            }
            case RGB -> System.arraycopy(row, from, target, to, 3);
            case YCBCR -> fromYcbcr(row, from, target, to);
            case CMYK -> {
                int light = row[from + 3] & 0xff;
                for (int i = 0; i < 3; i++) {
                    target[to + i] = inkOn(light, 255 - (row[from + i] & 0xff));
                }
            }
            case YCCK -> {
                // What comes out as RGB is the complement of the stored, inverted ink: the ink itself.
                fromYcbcr(row, from, target, to);
                int light = row[from + 3] & 0xff;
                for (int i = 0; i < 3; i++) {
                    target[to + i] = inkOn(light, target[to + i] & 0xff);
                }
            }
        }
    }

    private static void fromYcbcr(byte[] row, int from, byte[] target, int to) {
        int luma = row[from] & 0xff;
        int cb = (row[from + 1] & 0xff) - 128;
        int cr = (row[from + 2] & 0xff) - 128;
        target[to] = clip(luma + (RED_OF_CR * cr + HALF >> FRACTION_BITS));
        target[to + 1] = clip(luma + (-GREEN_OF_CB * cb - GREEN_OF_CR * cr + HALF >> FRACTION_BITS));
        target[to + 2] = clip(luma + (BLUE_OF_CB * cb + HALF >> FRACTION_BITS));
    }

    /** The light that an ink leaves: {@code light - light * ink / 255}, rounded as Pillow rounds. */
    private static byte inkOn(int light, int ink) {
        int product = light * ink + 128;
        return clip(light - ((product >> 8) + product >> 8));
    }

    private static byte clip(int value) {
        return (byte) Math.max(0, Math.min(255, value));
    }

    private static int fixed(double factor) {
        return (int) (factor * (1 << FRACTION_BITS) + 0.5);
    }
}
