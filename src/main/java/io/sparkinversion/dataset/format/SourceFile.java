package io.sparkinversion.dataset.format;

import io.sparkinversion.weights.Address;
import java.io.Serializable;

/**
 * A file that lists images, or holds them.
 *
 * @param address absolute
 * @param prefix what its paths begin with, relative to the folder of the images: nothing, or a folder and a slash
 * @param split which split it belongs to; null for none
 */
record SourceFile(String address, String prefix, String split) implements Serializable {
    /** A path that the file gives, relative to the folder of the images; absolute ones stay. */
    String below(String path) {
        boolean relative = path != null && !path.isBlank() && !path.startsWith("/") && !Address.hasScheme(path);
        return relative ? prefix + path : path;
    }

    /** The last part of its address. */
    String name() {
        return address.substring(address.lastIndexOf('/') + 1);
    }
}
