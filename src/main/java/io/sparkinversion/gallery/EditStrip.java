package io.sparkinversion.gallery;

import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.PngEncoder;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.report.SmallPicture;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The pictures of one row of the editing gallery in one file, so that a page of rows is as many requests: square panels
 * side by side, in the order original, reconstruction, edit and, where there is one, mask. The file's width over its
 * height is the number of panels.
 *
 * @param file PNG with panels of up to 128 pixels a side, else JPEG with panels of at most 320
 * @param extension {@code png} or {@code jpg}
 * @param panels 3 or 4
 */
public record EditStrip(byte[] file, String extension, int panels) {
    /** Samples of a JPEG block with halved colour: panels of whole blocks do not run into each other. */
    private static final int BLOCK = 16;

    /** Of the brightness outside of the mask. */
    private static final int DIMMING = 4;

    private static final byte MARGIN = (byte) 0x80;

    /**
     * @param originalPng the image as it was inverted
     * @param reconstructionPng of the same size
     * @param editedPng of the same size
     * @param maskOrNull what the edit was to change, of any resolution; shown as the original, a quarter as bright
     *     outside of it
     * @throws IllegalArgumentException if a file is not a picture, or the sizes differ
     */
    public static EditStrip encode(
            byte[] originalPng, byte[] reconstructionPng, byte[] editedPng, PixelMask maskOrNull) {
        RgbImage original = SmallPicture.decoded(originalPng, "original");
        int longest = Math.max(original.width(), original.height());
        boolean tiny = longest <= SmallPicture.TINY;
        int side = tiny ? longest : Math.min(SmallPicture.LARGEST_SIDE, longest) / BLOCK * BLOCK;
        RgbImage shown = SmallPicture.fitted(original, side);
        List<RgbImage> panels = new ArrayList<>();
        panels.add(shown);
        panels.add(SmallPicture.fitted(sameSize(reconstructionPng, "reconstruction", original), side));
        panels.add(SmallPicture.fitted(sameSize(editedPng, "edit", original), side));
        if (maskOrNull != null) {
            panels.add(dimmed(shown, maskOrNull.resized(shown.width(), shown.height())));
        }
        RgbImage strip = besideEachOther(panels, side);
        byte[] file = tiny ? PngEncoder.encode(strip) : SmallPicture.jpeg(strip);
        return new EditStrip(file, tiny ? "png" : "jpg", panels.size());
    }

    private static RgbImage sameSize(byte[] png, String what, RgbImage original) {
        RgbImage image = SmallPicture.decoded(png, what);
        if (image.width() != original.width() || image.height() != original.height()) {
            throw new IllegalArgumentException("the " + what + " is " + image.size() + " and its original "
                    + original.size() + "; they are shown side by side and must be of one size");
        }
        return image;
    }

    private static RgbImage dimmed(RgbImage image, PixelMask mask) {
        byte[] pixels = image.pixels().clone();
        for (int i = 0; i < pixels.length; i++) {
            if (!mask.inside()[i / RgbImage.CHANNELS]) {
                pixels[i] = (byte) ((pixels[i] & 0xff) / DIMMING);
            }
        }
        return new RgbImage(image.width(), image.height(), pixels);
    }

    /** Each in the middle of its square. */
    private static RgbImage besideEachOther(List<RgbImage> panels, int side) {
        int width = panels.size() * side;
        byte[] pixels = new byte[width * side * RgbImage.CHANNELS];
        Arrays.fill(pixels, MARGIN);
        for (int i = 0; i < panels.size(); i++) {
            RgbImage panel = panels.get(i);
            int left = i * side + (side - panel.width()) / 2;
            int top = (side - panel.height()) / 2;
            int rowBytes = panel.width() * RgbImage.CHANNELS;
            for (int y = 0; y < panel.height(); y++) {
                int to = ((top + y) * width + left) * RgbImage.CHANNELS;
                System.arraycopy(panel.pixels(), y * rowBytes, pixels, to, rowBytes);
            }
        }
        return new RgbImage(width, side, pixels);
    }
}
