package io.sparkinversion.image;

import java.util.Locale;

/** Which size a Stable Diffusion XL is told that an image has. */
public enum SizeConditioning {
    /** The picture's own, and what was cropped off, as in its training. */
    PICTURE,
    /** That of the resized image, as published inversion codes do. */
    RESIZED;

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
