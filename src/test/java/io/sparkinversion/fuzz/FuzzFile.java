package io.sparkinversion.fuzz;

import java.nio.charset.StandardCharsets;

/**
 * A damaged file.
 *
 * @param origin the intact file that it was made from, and how, for messages
 * @param bytes its content
 */
public record FuzzFile(String origin, byte[] bytes) {
    public static FuzzFile of(String origin, String text) {
        return new FuzzFile(origin, text.getBytes(StandardCharsets.UTF_8));
    }

    public String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
