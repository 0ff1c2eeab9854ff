package io.sparkinversion.metrics;

import ai.djl.ndarray.types.Shape;
import io.sparkinversion.image.PixelMask;
import java.util.List;

/** What measures over parts of a batch ask of the parts. */
final class ImageMasks {
    private ImageMasks() {}

    /**
     * @param images {@code [B, C, H, W]}
     * @throws IllegalArgumentException if there are not B masks, or one is not of the images' size
     */
    static void requireFit(Shape images, List<PixelMask> masks) {
        if (images.get(0) != masks.size()) {
            throw new IllegalArgumentException(masks.size() + " masks for " + images.get(0) + " images");
        }
        for (int i = 0; i < masks.size(); i++) {
            PixelMask mask = masks.get(i);
            if (mask.width() != images.get(3) || mask.height() != images.get(2)) {
                throw new IllegalArgumentException("mask " + i + " is of " + mask.width() + "x" + mask.height()
                        + " pixels, the images are of " + images.get(3) + "x" + images.get(2));
            }
        }
    }
}
