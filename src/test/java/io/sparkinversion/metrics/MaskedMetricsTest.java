package io.sparkinversion.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.image.RunLengths;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Measures over parts of images, against scikit-image 0.19.3. */
class MaskedMetricsTest {

    static Stream<Golden> goldens() throws IOException {
        return new String(bytes("masked.csv"), StandardCharsets.US_ASCII)
                .lines()
                .map(line -> line.split(","))
                .map(row -> new Golden(
                        row[0],
                        Arrays.stream(row, 1, 7).mapToInt(Integer::parseInt).toArray(),
                        Arrays.stream(row, 7, 12)
                                .mapToDouble(Double::parseDouble)
                                .toArray()));
    }

    /**
     * @param whole width and height; left, top, right, bottom of the mask's rectangle
     * @param numbers PSNR and SSIM inside; mean squared error, PSNR and SSIM outside by PIE-Bench's rule
     */
    record Golden(String name, int[] whole, double[] numbers) {

        RgbImage image(String suffix) throws IOException {
            return new RgbImage(whole[0], whole[1], bytes(name + suffix + ".rgb"));
        }

        PixelMask mask() {
            boolean[] inside = new boolean[whole[0] * whole[1]];
            for (int y = whole[3]; y < whole[5]; y++) {
                Arrays.fill(inside, y * whole[0] + whole[2], y * whole[0] + whole[4], true);
            }
            return new PixelMask(whole[0], whole[1], inside);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void partsAgreeWithScikitImage(Golden golden) throws IOException {
        RgbImage a = golden.image("-a");
        RgbImage b = golden.image("-b");

        assertThat(Psnr.of(a, b, golden.mask())).isCloseTo(golden.numbers[0], within(1e-10));
        assertThat(MeanSquaredError.of(a, b, golden.mask()))
                .isCloseTo(Math.pow(10, -golden.numbers[0] / 10), within(1e-12));
        assertThat(Ssim.of(a, b, golden.mask())).isCloseTo(golden.numbers[1], within(1e-9));
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void whatRemainsByPieBenchsRuleAgreesWithScikitImage(Golden golden) throws IOException {
        RgbImage a = golden.image("-a");
        RgbImage b = golden.image("-b");

        assertThat(PieBench.meanSquaredError(a, b, golden.mask())).isCloseTo(golden.numbers[2], within(1e-12));
        assertThat(PieBench.psnr(a, b, golden.mask())).isCloseTo(golden.numbers[3], within(1e-10));
        assertThat(PieBench.ssim(a, b, golden.mask())).isCloseTo(golden.numbers[4], within(1e-9));
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void theWholeImageIsThePartThatIsAllOfIt(Golden golden) throws IOException {
        RgbImage a = golden.image("-a");
        RgbImage b = golden.image("-b");
        PixelMask whole = PixelMask.whole(a.width(), a.height());

        assertThat(Psnr.of(a, b, whole)).isEqualTo(Psnr.of(a, b));
        assertThat(MeanSquaredError.of(a, b, whole)).isEqualTo(MeanSquaredError.of(a, b));
        assertThat(Ssim.of(a, b, whole)).isEqualTo(Ssim.of(a, b));
        assertThat(PieBench.psnr(a, b, whole.complement())).isEqualTo(Psnr.of(a, b));
        assertThat(PieBench.ssim(a, b, whole.complement())).isEqualTo(Ssim.of(a, b));
    }

    /** Three pixels in a row; the middle one differs by 51 in every channel, the last one by 102 in red. */
    @Test
    void thePixelsInsideAreWhatTheErrorIsDividedBy() {
        RgbImage a = new RgbImage(3, 1, new byte[9]);
        RgbImage b = new RgbImage(3, 1, new byte[] {0, 0, 0, 51, 51, 51, 102, 0, 0});

        assertThat(MeanSquaredError.of(a, b, RunLengths.decode(new int[] {1, 1}, 3, 1)))
                .isCloseTo(0.04, within(1e-15));
        assertThat(MeanSquaredError.of(a, b, RunLengths.decode(new int[] {1, 2}, 3, 1)))
                .isCloseTo((3 * 0.04 + 0.16) / 6, within(1e-15));
        assertThat(Psnr.of(a, b, RunLengths.decode(new int[] {1, 1}, 3, 1)))
                .isCloseTo(-10 * Math.log10(0.04), within(1e-12));
        assertThat(Psnr.of(a, b, RunLengths.decode(new int[] {0, 1}, 3, 1))).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(PieBench.meanSquaredError(a, b, RunLengths.decode(new int[] {1, 1}, 3, 1)))
                .as("0.16 over all nine values")
                .isCloseTo(0.16 / 9, within(1e-15));
    }

    @Test
    void emptyPartsHaveNoNumber() throws IOException {
        Golden golden = goldens().findFirst().orElseThrow();
        RgbImage a = golden.image("-a");
        RgbImage b = golden.image("-b");
        PixelMask whole = PixelMask.whole(a.width(), a.height());
        PixelMask corner = RunLengths.decode(new int[] {0, 5}, a.width(), a.height());

        assertThat(Psnr.of(a, b, whole.complement())).isNaN();
        assertThat(MeanSquaredError.of(a, b, whole.complement())).isNaN();
        assertThat(Ssim.of(a, b, whole.complement())).isNaN();
        assertThat(Ssim.of(a, b, corner)).as("no window is centred there").isNaN();
        assertThat(Psnr.of(a, b, corner)).isFinite();
        assertThat(PieBench.meanSquaredError(a, b, whole)).isNaN();
        assertThat(PieBench.psnr(a, b, whole)).isNaN();
        assertThat(PieBench.ssim(a, b, whole)).isNaN();
    }

    @Test
    void masksOfAnotherSizeAreRefused() {
        RgbImage image = new RgbImage(12, 13, new byte[12 * 13 * 3]);
        PixelMask mask = PixelMask.whole(13, 12);

        for (Runnable measure : new Runnable[] {
            () -> Psnr.of(image, image, mask),
            () -> Ssim.of(image, image, mask),
            () -> MeanSquaredError.of(image, image, mask),
            () -> PieBench.psnr(image, image, mask)
        }) {
            assertThatThrownBy(measure::run)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the mask's size 13x12 is not the image's, 12x13");
        }
    }

    @Test
    void blackenedImagesAreCopies() {
        byte[] pixels = {1, 2, 3, 4, 5, 6};
        RgbImage image = new RgbImage(2, 1, pixels);

        assertThat(PieBench.blackened(image, RunLengths.decode(new int[] {0, 1}, 2, 1))
                        .pixels())
                .containsExactly(0, 0, 0, 4, 5, 6);
        assertThat(pixels).containsExactly(1, 2, 3, 4, 5, 6);
    }

    /** The square from (100, 200) to (101, 202), and the outermost pixels. */
    @Test
    void theEditedPartIncludesTheCanvassBorder() {
        PixelMask mask = PieBench.editedPart(new int[] {200 * 512 + 100, 2, 201 * 512 + 100, 2});

        assertThat(mask.width()).isEqualTo(512);
        assertThat(mask.height()).isEqualTo(512);
        assertThat(mask.count()).isEqualTo(4 + 4 * 511);
        assertThat(mask.at(100, 200) && mask.at(101, 201)).isTrue();
        assertThat(mask.at(102, 200) || mask.at(200, 100) || mask.at(1, 1) || mask.at(510, 510))
                .isFalse();
        assertThat(mask.at(0, 300) && mask.at(511, 300) && mask.at(300, 0) && mask.at(300, 511))
                .isTrue();
    }

    static byte[] bytes(String name) throws IOException {
        try (InputStream stream = MaskedMetricsTest.class.getResourceAsStream("/metrics/" + name)) {
            return stream.readAllBytes();
        }
    }
}
