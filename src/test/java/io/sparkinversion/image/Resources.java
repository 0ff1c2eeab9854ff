package io.sparkinversion.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** What {@code make_images.py} has put beside these tests. */
final class Resources {

    private Resources() {}

    static byte[] bytes(String name) {
        try (InputStream stream = Resources.class.getResourceAsStream("/image/" + name)) {
            if (stream == null) {
                throw new IllegalArgumentException("there is no test resource image/" + name);
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String[]> table(String name) {
        return new String(bytes(name), StandardCharsets.US_ASCII)
                .lines()
                .map(line -> line.split(","))
                .toList();
    }

    static RgbImage rgb(String name, int width, int height) {
        return new RgbImage(width, height, bytes(name));
    }

    /** A picture without any pattern, always the same. */
    static RgbImage noise(int width, int height) {
        byte[] pixels = new byte[3 * width * height];
        new Random(width * 31L + height).nextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    static int greatestDifference(RgbImage a, RgbImage b) {
        int greatest = 0;
        for (int i = 0; i < a.pixels().length; i++) {
            greatest = Math.max(greatest, Math.abs((a.pixels()[i] & 0xff) - (b.pixels()[i] & 0xff)));
        }
        return greatest;
    }
}
