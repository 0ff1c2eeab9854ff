package io.sparkinversion.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkinversion.image.RgbImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** PSNR and SSIM against scikit-image 0.19.3. */
class MetricsTest {

    static Stream<Golden> goldens() throws IOException {
        return new String(bytes("goldens.csv"), StandardCharsets.US_ASCII)
                .lines()
                .map(line -> line.split(","))
                .map(row -> new Golden(
                        row[0],
                        Integer.parseInt(row[1]),
                        Integer.parseInt(row[2]),
                        Double.parseDouble(row[3]),
                        Double.parseDouble(row[4]),
                        Double.parseDouble(row[5])));
    }

    record Golden(String name, int width, int height, double psnr, double ssim, double ssimOfSamples) {

        RgbImage image(String suffix) throws IOException {
            return new RgbImage(width, height, bytes(name + suffix + ".rgb"));
        }
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void agreeWithScikitImage(Golden golden) throws IOException {
        RgbImage a = golden.image("-a");
        RgbImage b = golden.image("-b");

        assertThat(Psnr.of(a, b)).isCloseTo(golden.psnr, within(1e-10));
        assertThat(Psnr.ofFloats(floats(a), floats(b))).isCloseTo(golden.psnr, within(1e-5));
        assertThat(Ssim.of(a, b)).isCloseTo(golden.ssim, within(1e-9));
        assertThat(Ssim.of(b, a)).as("symmetric").isCloseTo(golden.ssim, within(1e-9));
    }

    @Test
    void covariancesAreThePopulations() throws IOException {
        Golden golden = goldens()
                .filter(one -> one.name.equals("strong-noise"))
                .findFirst()
                .orElseThrow();
        assertThat(Math.abs(golden.ssim - golden.ssimOfSamples)).isGreaterThan(1e-6);
        assertThat(Ssim.of(golden.image("-a"), golden.image("-b"))).isNotCloseTo(golden.ssimOfSamples, within(1e-6));
    }

    @Test
    void equalImagesAreInfinitelyAlike() throws IOException {
        RgbImage image = goldens().findFirst().orElseThrow().image("-a");
        assertThat(Psnr.of(image, image)).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(Psnr.ofFloats(new float[] {0.5f}, new float[] {0.5f})).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(Ssim.of(image, image)).isCloseTo(1, within(1e-12));
    }

    @Test
    void differentSizesAreRefusedByName() {
        RgbImage a = new RgbImage(12, 13, new byte[12 * 13 * 3]);
        RgbImage b = new RgbImage(13, 12, new byte[12 * 13 * 3]);
        assertThatThrownBy(() -> Psnr.of(a, b))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("12x13")
                .hasMessageContaining("13x12");
        assertThatThrownBy(() -> Ssim.of(a, b))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("12x13")
                .hasMessageContaining("13x12");
        assertThatThrownBy(() -> Psnr.ofFloats(new float[2], new float[3]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("cannot compare arrays of 2 and 3 values");
    }

    @Test
    void imageSmallerThanTheWindowIsRefused() {
        RgbImage small = new RgbImage(11, 10, new byte[330]);
        assertThatThrownBy(() -> Ssim.of(small, small))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("SSIM needs images of at least 11 x 11 pixels, not 11 x 10");
    }

    private static float[] floats(RgbImage image) {
        float[] values = new float[image.pixels().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (image.pixels()[i] & 0xff) / 255f;
        }
        return values;
    }

    private static byte[] bytes(String name) throws IOException {
        try (InputStream stream = MetricsTest.class.getResourceAsStream("/metrics/" + name)) {
            return stream.readAllBytes();
        }
    }
}
