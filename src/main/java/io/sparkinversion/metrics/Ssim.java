package io.sparkinversion.metrics;

import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.RgbImage;
import java.util.Arrays;

/**
 * Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004): Gaussian window 11x11 with sigma 1.5, K1 = 0.01,
 * K2 = 0.03, data range 1, population covariances, the mean over all windows that lie inside the image, and the mean of
 * that over the three channels.
 *
 * <p>The same as scikit-image's {@code structural_similarity(a, b, gaussian_weights=True, sigma=1.5,
 * use_sample_covariance=False, data_range=1, channel_axis=2)} on float64 images in [0, 1]: that one crops the border
 * that its reflection padding touches, so the padding leaves no trace.
 */
public final class Ssim {

    private static final int RADIUS = 5;
    private static final int WINDOW = 2 * RADIUS + 1;
    private static final double[] WEIGHTS = weights(1.5);
    private static final double LUMINANCE_FLOOR = 0.01 * 0.01;
    private static final double CONTRAST_FLOOR = 0.03 * 0.03;
    private static final int CHANNELS = 3;

    private Ssim() {}

    /**
     * @return 1 for equal images, less otherwise, -1 at the least
     * @throws IllegalArgumentException if the sizes differ, or a side is shorter than the window
     */
    public static double of(RgbImage a, RgbImage b) {
        ImagePair.requireEqualSizes(a, b);
        return of(a, b, PixelMask.whole(a.width(), a.height()));
    }

    /**
     * Of a part of the images: the mean over those windows inside the image whose centre pixel is inside the mask. The
     * windows reach five pixels beyond it.
     *
     * @return as {@link #of(RgbImage, RgbImage)}; NaN where the mask holds no window's centre
     * @throws IllegalArgumentException if the sizes of images and mask differ, or a side is shorter than the window
     */
    public static double of(RgbImage a, RgbImage b, PixelMask where) {
        ImagePair.requireEqualSizes(a, b);
        ImagePair.requireSize(a, where);
        if (a.width() < WINDOW || a.height() < WINDOW) {
            throw new IllegalArgumentException("SSIM needs images of at least %d x %d pixels, not %d x %d"
                    .formatted(WINDOW, WINDOW, a.width(), a.height()));
        }
        double sum = 0;
        for (int channel = 0; channel < CHANNELS; channel++) {
            sum += new Channel(a, b, where, channel).mean();
        }
        return sum / CHANNELS;
    }

    /** One channel, swept from top to bottom with the last eleven rows at hand. */
    private static final class Channel {

        /**
         * The weighted means that a window needs: of a, of b, of a squared plus b squared (the formula uses the
         * variances' sum only), and of the product.
         */
        private static final int MOMENTS = 4;

        private final RgbImage a;
        private final RgbImage b;
        private final PixelMask where;
        private final int channel;
        private final int windows;
        private final double[] rowA;
        private final double[] rowB;
        private final double[] squares;
        private final double[] products;
        /** {@code [WINDOW][MOMENTS][windows]}: rows after the horizontal pass, row y at y modulo the window. */
        private final double[][][] recent;

        Channel(RgbImage a, RgbImage b, PixelMask where, int channel) {
            this.a = a;
            this.b = b;
            this.where = where;
            this.channel = channel;
            this.windows = a.width() - 2 * RADIUS;
            this.rowA = new double[a.width()];
            this.rowB = new double[a.width()];
            this.squares = new double[a.width()];
            this.products = new double[a.width()];
            this.recent = new double[WINDOW][MOMENTS][windows];
        }

        double mean() {
            double[][] moments = new double[MOMENTS][windows];
            double sum = 0;
            long count = 0;
            for (int y = 0; y < a.height(); y++) {
                horizontalPass(y);
                if (y >= WINDOW - 1) {
                    verticalPass(y, moments);
                    double row = 0;
                    for (int x = 0; x < windows; x++) {
                        if (where.at(x + RADIUS, y - RADIUS)) {
                            row += similarity(moments, x);
                            count++;
                        }
                    }
                    sum += row;
                }
            }
            return sum / count;
        }

        private void horizontalPass(int y) {
            int from = CHANNELS * y * a.width() + channel;
            for (int x = 0; x < a.width(); x++, from += CHANNELS) {
                double first = (a.pixels()[from] & 0xff) / 255.0;
                double second = (b.pixels()[from] & 0xff) / 255.0;
                rowA[x] = first;
                rowB[x] = second;
                squares[x] = first * first + second * second;
                products[x] = first * second;
            }
            double[][] target = recent[y % WINDOW];
            smooth(rowA, target[0]);
            smooth(rowB, target[1]);
            smooth(squares, target[2]);
            smooth(products, target[3]);
        }

        private static void smooth(double[] row, double[] target) {
            for (int x = 0; x < target.length; x++) {
                double sum = WEIGHTS[RADIUS] * row[x + RADIUS];
                for (int k = 0; k < RADIUS; k++) {
                    sum += WEIGHTS[k] * (row[x + k] + row[x + WINDOW - 1 - k]);
                }
                target[x] = sum;
            }
        }

        /** Over the rows y - 10 to y. */
        private void verticalPass(int y, double[][] moments) {
            for (int moment = 0; moment < MOMENTS; moment++) {
                double[] target = moments[moment];
                Arrays.fill(target, 0);
                for (int k = 0; k < WINDOW; k++) {
                    accumulate(WEIGHTS[k], recent[(y + 1 + k) % WINDOW][moment], target);
                }
            }
        }

        private static void accumulate(double weight, double[] row, double[] target) {
            for (int x = 0; x < target.length; x++) {
                target[x] += weight * row[x];
            }
        }

        private static double similarity(double[][] moments, int x) {
            double meanA = moments[0][x];
            double meanB = moments[1][x];
            double product = meanA * meanB;
            double squares = meanA * meanA + meanB * meanB;
            double covariance = moments[3][x] - product;
            double variances = moments[2][x] - squares;
            return (2 * product + LUMINANCE_FLOOR)
                    * (2 * covariance + CONTRAST_FLOOR)
                    / ((squares + LUMINANCE_FLOOR) * (variances + CONTRAST_FLOOR));
        }
    }

    private static double[] weights(double sigma) {
        double[] weights = new double[WINDOW];
        double total = 0;
        for (int i = 0; i < WINDOW; i++) {
            double distance = i - RADIUS;
            weights[i] = Math.exp(-distance * distance / (2 * sigma * sigma));
            total += weights[i];
        }
        for (int i = 0; i < WINDOW; i++) {
            weights[i] /= total;
        }
        return weights;
    }
}
