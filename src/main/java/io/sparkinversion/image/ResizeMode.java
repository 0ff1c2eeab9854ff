package io.sparkinversion.image;

import java.util.Locale;

/** How pictures come to a size that the model takes. */
public enum ResizeMode {
    /** The middle square, resized to the resolution. */
    CROP,
    /** The whole picture at its own aspect ratio, the sides rounded to multiples of the step. */
    FIT,
    /** The whole picture, squeezed to a square. */
    STRETCH,
    /** The fixed size whose aspect ratio is nearest; what stands over is cropped on both sides. */
    BUCKET;

    /** As commands and tables write it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether pictures of a run come in several shapes. */
    public boolean hasShapes() {
        return this == FIT || this == BUCKET;
    }
}
