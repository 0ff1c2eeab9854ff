package io.sparkinversion.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkinversion.image.PillowResize.Filter;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizingTest {
    private static final Sizing FIT = new Sizing(ResizeMode.FIT, 512, 64, false);
    private static final Sizing BUCKET = new Sizing(ResizeMode.BUCKET, 512, 64, false);
    private static final Sizing XL = new Sizing(ResizeMode.BUCKET, 1024, 64, true);
    private static final Sizing TINY = new Sizing(ResizeMode.FIT, 64, 8, false);

    private static RgbImage noise(int width, int height) {
        byte[] pixels = new byte[3 * width * height];
        new Random(width * 31L + height).nextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    @ParameterizedTest
    @CsvSource({
        "512, 512, 512x512",
        "1, 1, 512x512",
        "600, 400, 576x384",
        "400, 600, 384x576",
        "4032, 3024, 512x384",
        "1920, 1080, 640x384",
        "1000, 2000, 320x640",
        "999, 333, 768x256",
        "333, 999, 256x768",
        "2000, 500, 1024x256"
    })
    void theWholePictureIsKeptAtItsAspectRatio(int width, int height, String size) throws ImageException {
        Placement placement = FIT.place(width, height);

        assertThat(placement.target()).hasToString(size);
        assertThat(placement.isWhole()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {333, 401, 512, 513, 640, 777, 999})
    void everyAspectRatioFromOneThirdToThreeIsNearlyKept(int other) throws ImageException {
        for (Sizing sizing : List.of(FIT, TINY, XL)) {
            for (int[] sides : new int[][] {{333, other}, {other, 333}}) {
                Size target = sizing.place(sides[0], sides[1]).target();
                double wanted = (double) sides[0] / sides[1];

                assertThat(target.aspect() / wanted).isBetween(0.89, 1.12);
                assertThat(target.width() % sizing.step()).isZero();
                assertThat(target.height() % sizing.step()).isZero();
                double area = (double) target.pixels() / sizing.resolution() / sizing.resolution();
                assertThat(area).isBetween(0.75, 1.0);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "640, 480, 576x448",
        "480, 640, 448x576",
        "600, 400, 640x384",
        "1000, 1000, 512x512",
        "1600, 400, 1024x256",
        "900, 300, 832x256"
    })
    void bucketsAreThoseOfTheCommonTrainers(int width, int height, String size) throws ImageException {
        assertThat(BUCKET.place(width, height).target()).hasToString(size);
    }

    @Test
    void noBucketHasMorePixelsThanTheSquare() {
        assertThat(BUCKET.buckets()).hasSize(17).allSatisfy(bucket -> {
            assertThat(bucket.pixels()).isLessThanOrEqualTo(512 * 512).isGreaterThan(512 * 512 * 3 / 4);
            assertThat(bucket.width() % 64 + bucket.height() % 64).isZero();
            assertThat(BUCKET.buckets()).contains(new Size(bucket.height(), bucket.width()));
        });
    }

    @ParameterizedTest
    @CsvSource({
        "1024, 1024, 1024x1024",
        "4032, 3024, 1152x896",
        "3024, 4032, 896x1152",
        "1920, 1080, 1344x768",
        "3000, 1000, 1728x576",
        "600, 400, 1216x832",
        "500, 2000, 512x2048"
    })
    void stableDiffusionXlHasItsOwnBuckets(int width, int height, String size) throws ImageException {
        assertThat(XL.place(width, height).target()).hasToString(size);
        assertThat(XL.buckets()).hasSize(41);
        assertThat(new Sizing(ResizeMode.BUCKET, 512, 64, true).buckets()).isEqualTo(BUCKET.buckets());
    }

    @Test
    void aBucketTakesTheMiddleOfThePicture() throws ImageException {
        Placement placement = BUCKET.place(700, 400);

        assertThat(placement.target()).hasToString("640x384");
        assertThat(placement.cut()).isEqualTo(new Size(667, 400));
        assertThat(placement.left()).isEqualTo(16);
        assertThat(placement.top()).isZero();
        assertThat(placement.cut().aspect()).isCloseTo(640.0 / 384, within(0.002));
    }

    @ParameterizedTest
    @CsvSource({"21, 10", "10, 21", "11, 10", "7, 7", "1, 300"})
    void cropIsTheMiddleSquareOfTheReferenceCode(int width, int height) throws ImageException {
        RgbImage picture = noise(width, height);
        RgbImage expected = PillowResize.resize(SquareCrop.centre(picture), 16, 16, Filter.BICUBIC);

        assertThat(Sizing.square(16).place(width, height).apply(picture, Filter.BICUBIC))
                .isEqualTo(expected);
    }

    @Test
    void stretchSqueezesTheWholePicture() throws ImageException {
        Placement placement = new Sizing(ResizeMode.STRETCH, 64, 8, false).place(90, 30);

        assertThat(placement.isWhole()).isTrue();
        assertThat(placement.target()).hasToString("64x64");
    }

    @ParameterizedTest
    @EnumSource(value = ResizeMode.class, names = "CROP", mode = EnumSource.Mode.EXCLUDE)
    void aNarrowPictureIsRefused(ResizeMode mode) throws ImageException {
        Sizing sizing = new Sizing(mode, 512, 64, false);

        assertThat(sizing.place(400, 100).target()).isNotNull();
        assertThatThrownBy(() -> sizing.place(100, 2000))
                .isInstanceOfSatisfying(
                        ImageException.class, e -> assertThat(e.kind()).isEqualTo(ImageException.Kind.ASPECT_RATIO))
                .hasMessage(
                        "100 x 2000 pixels are too long and narrow for --resize " + mode.label()
                                + ", which takes aspect ratios up to 4:1; cut the picture, or use --resize crop for its middle");
        assertThat(Sizing.square(64).place(100, 2000).target()).hasToString("64x64");
    }

    @Test
    void sidesSufficeForTheSmallestModel() throws ImageException {
        assertThat(new Sizing(ResizeMode.FIT, 16, 8, false).place(400, 100).target())
                .hasToString("16x16");
    }

    @ParameterizedTest
    @CsvSource({"FIT, 30, 90", "BUCKET, 100, 70", "CROP, 51, 40", "STRETCH, 40, 51"})
    void resultsGetThePicturesOwnSizeBack(ResizeMode mode, int width, int height) throws ImageException {
        RgbImage picture = noise(width, height);
        Placement placement = new Sizing(mode, 64, 8, false).place(width, height);
        RgbImage result = placement.apply(noise(width, height), Filter.BICUBIC);
        boolean[] all = PixelMask.whole(
                        placement.target().width(), placement.target().height())
                .inside();

        RgbImage restored = new Restoration(picture, placement, Filter.BICUBIC).apply(result);
        PixelMask mask = placement.restore(
                new PixelMask(placement.target().width(), placement.target().height(), all));

        assertThat(restored.size()).isEqualTo(width + "x" + height);
        assertThat(mask.width()).isEqualTo(width);
        assertThat(mask.count()).isEqualTo((int) placement.cut().pixels());
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                if (!mask.at(x, y)) {
                    int at = 3 * (y * width + x);
                    assertThat(restored.pixels()[at]).isEqualTo(picture.pixels()[at]);
                }
            }
        }
    }

    @Test
    void aMaskIsCutAsThePictureIs() throws ImageException {
        boolean[] left = new boolean[20 * 10];
        for (int i = 0; i < left.length; i++) {
            left[i] = i % 20 < 10;
        }
        Placement placement = new Sizing(ResizeMode.BUCKET, 64, 8, false).place(200, 100);

        PixelMask mask = placement.apply(new PixelMask(20, 10, left));

        assertThat(placement.target()).hasToString("88x40");
        assertThat(mask.count()).isEqualTo(88 * 40 / 2);
        assertThat(mask.at(0, 0)).isTrue();
        assertThat(mask.at(87, 39)).isFalse();
    }

    @Test
    void onlyEnlargedPicturesAreSmall() throws ImageException {
        assertThat(FIT.place(600, 400).enlarges()).isFalse();
        assertThat(FIT.place(575, 383).enlarges()).isTrue();
        assertThat(Sizing.square(512).place(600, 400).enlarges()).isTrue();
        assertThat(Sizing.square(512).place(600, 512).enlarges()).isFalse();
    }

    @Test
    void whatIsCutOffIsCountedInPixelsOfTheResizedPicture() throws ImageException {
        Placement placement = XL.place(4096, 2048);

        assertThat(placement.target()).hasToString("1408x704");
        assertThat(placement.isWhole()).isTrue();
        Placement cut = Sizing.square(512).place(2048, 1024);
        assertThat(cut.left()).isEqualTo(512);
        assertThat(cut.scaledLeft()).isEqualTo(256);
        assertThat(cut.scaledTop()).isZero();
    }

    @Test
    void anImageOfTheSizeStaysAsItIs() {
        RgbImage image = noise(16, 24);
        assertThat(Restoration.none(image).apply(image)).isSameAs(image);
    }
}
