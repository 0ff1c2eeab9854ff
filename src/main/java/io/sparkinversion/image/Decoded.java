package io.sparkinversion.image;

/**
 * What a codec gives, before the orientation is applied.
 *
 * @param image its samples as they are stored
 * @param transparency null where all of it is opaque
 * @param truncatedFrom the first row that is missing, all others below it; null where none is
 * @param grey whether the samples are grey
 */
record Decoded(RgbImage image, Transparency transparency, Integer truncatedFrom, boolean grey) {
    static Decoded opaque(RgbImage image) {
        return new Decoded(image, null, null, false);
    }
}
