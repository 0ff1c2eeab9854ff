package io.sparkinversion.metrics;

/**
 * Bilinear resizing of float images as torchvision does it with tensors: pixel centres at halves, borders repeated. Before
 * torchvision 0.17 an image that shrinks was not smoothed before (no antialias), since then it is.
 */
final class TensorResize {
    private TensorResize() {}

    /**
     * @param values {@code [channels, height, width]}
     * @return {@code [channels, toHeight, toWidth]}
     */
    static float[] bilinear(
            float[] values, int channels, int height, int width, int toHeight, int toWidth, boolean antialias) {
        Taps across = Taps.of(width, toWidth, antialias);
        Taps down = Taps.of(height, toHeight, antialias);
        float[] rows = new float[channels * height * toWidth];
        for (int line = 0; line < channels * height; line++) {
            for (int x = 0; x < toWidth; x++) {
                float sum = 0;
                for (int tap = 0; tap < across.weights[x].length; tap++) {
                    sum += across.weights[x][tap] * values[line * width + across.first[x] + tap];
                }
                rows[line * toWidth + x] = sum;
            }
        }
        float[] result = new float[channels * toHeight * toWidth];
        for (int channel = 0; channel < channels; channel++) {
            for (int y = 0; y < toHeight; y++) {
                for (int x = 0; x < toWidth; x++) {
                    float sum = 0;
                    for (int tap = 0; tap < down.weights[y].length; tap++) {
                        sum += down.weights[y][tap] * rows[(channel * height + down.first[y] + tap) * toWidth + x];
                    }
                    result[(channel * toHeight + y) * toWidth + x] = sum;
                }
            }
        }
        return result;
    }

    /**
     * Of each result the first element that it is made of, and the weights of that and those that follow.
     */
    private record Taps(int[] first, float[][] weights) {
        private static Taps of(int size, int to, boolean antialias) {
            int[] first = new int[to];
            float[][] weights = new float[to][];
            double scale = (double) size / to;
            for (int i = 0; i < to; i++) {
                if (antialias) {
                    smoothed(size, scale, i, first, weights);
                } else {
                    double position = Math.max(0, (i + 0.5) * scale - 0.5);
                    first[i] = Math.min((int) position, size - 1);
                    float share = (float) (position - first[i]);
                    weights[i] = first[i] + 1 < size ? new float[] {1 - share, share} : new float[] {1};
                }
            }
            return new Taps(first, weights);
        }

        /** A triangle as wide as what one result stands for. */
        private static void smoothed(int size, double scale, int i, int[] first, float[][] weights) {
            double width = Math.max(scale, 1);
            double centre = (i + 0.5) * scale;
            int from = Math.max(0, (int) (centre - width + 0.5));
            int to = Math.min(size, (int) (centre + width + 0.5));
            double[] triangle = new double[to - from];
            double sum = 0;
            for (int tap = 0; tap < triangle.length; tap++) {
                triangle[tap] = Math.max(0, 1 - Math.abs((tap + from - centre + 0.5) / width));
                sum += triangle[tap];
            }
            first[i] = from;
            weights[i] = new float[triangle.length];
            for (int tap = 0; tap < triangle.length; tap++) {
                weights[i][tap] = (float) (triangle[tap] / sum);
            }
        }
    }
}
