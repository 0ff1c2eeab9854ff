package io.sparkinversion.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every format against Pillow's own decoding of the same bytes. */
class ImageDecoderTest {

    private static final long MANY = 1_000_000;

    static Stream<Case> cases() {
        return Resources.table("cases.csv").stream()
                .map(row ->
                        new Case(row[0], Integer.parseInt(row[1]), Integer.parseInt(row[2]), Integer.parseInt(row[3])));
    }

    /** One encoded file; {@code bound} is how far a sample may lie from Pillow's. */
    record Case(String file, int width, int height, int bound) {

        RgbImage expected() {
            return Resources.rgb(file + ".rgb", width, height);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void decodesAsPillowDoes(Case wanted) throws ImageException {
        RgbImage decoded = ImageDecoder.decode(Resources.bytes(wanted.file), MANY);

        assertThat(decoded.size()).isEqualTo(wanted.width + "x" + wanted.height);
        assertThat(Resources.greatestDifference(decoded, wanted.expected())).isLessThanOrEqualTo(wanted.bound);
    }

    @Test
    void everyOrientationShowsTheSamePicture() throws ImageException {
        // The stored bytes differ in the tag only, so undoing what the tag asks for gives the upright picture.
        RgbImage upright = ImageDecoder.decode(Resources.bytes("exif1.jpg"), MANY);
        for (int orientation = 2; orientation <= 8; orientation++) {
            RgbImage turned = ImageDecoder.decode(Resources.bytes("exif" + orientation + ".jpg"), MANY);
            assertThat(Orientation.values()[orientation - 1].apply(upright)).isEqualTo(turned);
            assertThat(turned).as("orientation %d", orientation).isNotEqualTo(upright);
        }
    }

    @Test
    void doesNotDependOnTheContextClassLoader() throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader blind = new URLClassLoader(new URL[0], ClassLoader.getPlatformClassLoader())) {
            thread.setContextClassLoader(blind);
            for (String file : List.of("420.jpg", "rgb.png", "lossy.webp", "rgb.bmp")) {
                assertThat(ImageDecoder.decode(Resources.bytes(file), MANY).size())
                        .isEqualTo("37x23");
            }
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @Test
    void decodesFromSeveralThreadsAtOnce() throws Exception {
        List<Case> all = cases().toList();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<RgbImage>> tasks = new ArrayList<>();
            for (Case one : all) {
                tasks.add(() -> ImageDecoder.decode(Resources.bytes(one.file), MANY));
            }
            List<Future<RgbImage>> decoded = threads.invokeAll(tasks);
            for (int i = 0; i < all.size(); i++) {
                assertThat(Resources.greatestDifference(
                                decoded.get(i).get(), all.get(i).expected()))
                        .as(all.get(i).file)
                        .isLessThanOrEqualTo(all.get(i).bound);
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
