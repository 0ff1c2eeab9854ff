package io.sparkinversion.image;

import java.io.Serializable;

/**
 * Of a picture.
 *
 * @param width pixels
 * @param height pixels
 */
public record Size(int width, int height) implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Width over height. */
    double aspect() {
        return (double) width / height;
    }

    long pixels() {
        return (long) width * height;
    }

    /** Such as {@code 640x480}, width first. */
    @Override
    public String toString() {
        return width + "x" + height;
    }
}
