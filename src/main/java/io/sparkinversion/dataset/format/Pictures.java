package io.sparkinversion.dataset.format;

import java.util.Locale;
import java.util.Set;

/** Names of picture files, those of kinds that cannot be read included: they are reported, not passed over. */
final class Pictures {
    private static final Set<String> EXTENSIONS = Set.of(
            "jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp", "dib", "gif", "tif", "tiff", "avif", "heic", "heif",
            "jxl", "jp2", "j2k");

    private Pictures() {}

    /** Whether the name ends as a picture's does. */
    static boolean isPicture(String name) {
        return EXTENSIONS.contains(extension(name));
    }

    /** What follows the last dot, in lower case; nothing where there is none. */
    static String extension(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
    }
}
