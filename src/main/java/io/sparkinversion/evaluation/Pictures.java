package io.sparkinversion.evaluation;

import java.util.Map;

/**
 * The gallery's pictures, at the main step count. What is missing is left out of the gallery.
 *
 * @param originals image id to PNG
 * @param reconstructions image id to method to PNG
 */
public record Pictures(Map<String, byte[]> originals, Map<String, Map<String, byte[]>> reconstructions) {
    public static final Pictures NONE = new Pictures(Map.of(), Map.of());
}
