package io.sparkinversion.export;

import io.sparkinversion.weights.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Names of files that any file system, viewer and trainer takes. */
final class FileNames {
    private static final int LONGEST = 120;
    private static final int HASH_DIGITS = 8;

    private FileNames() {}

    /**
     * The name with letters, digits, dots, dashes, underscores, blanks and slashes only. One that had others, that is
     * long or that differs from another's in case only gets a piece of its hash: no two names become one.
     *
     * @param name of a picture without its extension
     */
    static String of(String name) {
        String plain = name.replaceAll("[^\\p{L}\\p{N}._\\-/ ]", "_")
                .replaceAll("(^|/)[./ ]+", "$1")
                .replaceAll("/+", "/")
                .replaceAll("[. ]+(/|$)", "$1");
        boolean same = plain.equals(name) && plain.equals(plain.toLowerCase(Locale.ROOT)) && !plain.isEmpty();
        if (same && plain.length() <= LONGEST) {
            return plain;
        }
        String hash = Sha256.of(name.getBytes(StandardCharsets.UTF_8)).substring(0, HASH_DIGITS);
        return plain.substring(0, Math.min(plain.length(), LONGEST)).replaceAll("/$", "") + "-" + hash;
    }
}
