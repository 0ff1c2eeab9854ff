package io.sparkinversion.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.RunLengths;
import io.sparkinversion.torchscript.WithManager;
import io.sparkinversion.weights.SafetensorsFile;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where images differ by LPIPS, against the formula written with loops. */
class LpipsMapsTest extends WithManager {
    private static final Path DEMO = Path.of("data-samples/models/lpips-demo.safetensors");
    private static final Path SHARED = Path.of("../shared");

    private Lpips load(Path file) {
        try (SafetensorsFile weights = SafetensorsFile.open(file)) {
            return Lpips.load("test", weights, manager);
        }
    }

    private NDArray noise(long seed, int images, int height, int width) {
        Random random = new Random(seed);
        float[] values = new float[images * 3 * height * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.max(-1, Math.min(1, 0.5 * random.nextGaussian()));
        }
        return manager.create(values, new Shape(images, 3, height, width));
    }

    /** One layer's differences of one pair. */
    private record LayerMap(int height, int width, double[] values) {

        double mean() {
            double sum = 0;
            for (double value : values) {
                sum += value;
            }
            return sum / values.length;
        }

        /** Bilinear between pixel centres, the outermost values continued to the edge. */
        double at(int x, int y, int newWidth, int newHeight) {
            double column = Math.max(0, (x + 0.5) * width / newWidth - 0.5);
            double row = Math.max(0, (y + 0.5) * height / newHeight - 0.5);
            int left = (int) column;
            int top = (int) row;
            int right = Math.min(left + 1, width - 1);
            int bottom = Math.min(top + 1, height - 1);
            double u = column - left;
            double v = row - top;
            return (1 - v) * ((1 - u) * values[top * width + left] + u * values[top * width + right])
                    + v * ((1 - u) * values[bottom * width + left] + u * values[bottom * width + right]);
        }
    }

    /** By pair and layer, from the activations. */
    private List<List<LayerMap>> layers(Lpips lpips, Path weights, NDArray a, NDArray b) {
        NDList ofA = lpips.features(manager, a);
        NDList ofB = lpips.features(manager, b);
        List<List<LayerMap>> pairs = new ArrayList<>();
        try (SafetensorsFile file = SafetensorsFile.open(weights)) {
            for (int pair = 0; pair < a.getShape().get(0); pair++) {
                List<LayerMap> maps = new ArrayList<>();
                for (int layer = 0; layer < ofA.size(); layer++) {
                    FloatBuffer head = file.read("lin" + layer + ".model.1.weight")
                            .toFloat32()
                            .asFloatBuffer();
                    maps.add(layer(ofA.get(layer), ofB.get(layer), head, pair));
                }
                pairs.add(maps);
            }
        }
        return pairs;
    }

    private static LayerMap layer(NDArray ofA, NDArray ofB, FloatBuffer head, int pair) {
        Shape shape = ofA.getShape();
        int channels = (int) shape.get(1);
        int pixels = (int) (shape.get(2) * shape.get(3));
        float[] a = ofA.toFloatArray();
        float[] b = ofB.toFloatArray();
        double[] map = new double[pixels];
        for (int pixel = 0; pixel < pixels; pixel++) {
            int first = pair * channels * pixels + pixel;
            double lengthOfA = 1e-10 + length(a, first, channels, pixels);
            double lengthOfB = 1e-10 + length(b, first, channels, pixels);
            for (int channel = 0; channel < channels; channel++) {
                double difference = a[first + channel * pixels] / lengthOfA - b[first + channel * pixels] / lengthOfB;
                map[pixel] += head.get(channel) * difference * difference;
            }
        }
        return new LayerMap((int) shape.get(2), (int) shape.get(3), map);
    }

    private static double length(float[] values, int first, int channels, int pixels) {
        double squares = 0;
        for (int channel = 0; channel < channels; channel++) {
            squares += (double) values[first + channel * pixels] * values[first + channel * pixels];
        }
        return Math.sqrt(squares);
    }

    /** Of the naive maps, by pair. */
    private double[][] check(Lpips lpips, Path weights, NDArray a, NDArray b) {
        int height = (int) a.getShape().get(2);
        int width = (int) a.getShape().get(3);
        NDArray maps = lpips.maps(manager, a, b);
        assertThat(maps.getShape()).isEqualTo(new Shape(a.getShape().get(0), height, width));
        float[] found = maps.toFloatArray();
        List<List<LayerMap>> pairs = layers(lpips, weights, a, b);
        double[][] means = new double[pairs.size()][];
        double worst = 0;
        for (int pair = 0; pair < means.length; pair++) {
            List<LayerMap> layers = pairs.get(pair);
            means[pair] = layers.stream().mapToDouble(LayerMap::mean).toArray();
            for (int i = 0; i < height * width; i++) {
                int x = i % width;
                int y = i / width;
                double expected = layers.stream()
                        .mapToDouble(map -> map.at(x, y, width, height))
                        .sum();
                worst = Math.max(worst, Math.abs(expected - found[pair * height * width + i]));
            }
        }
        assertThat(worst).isLessThan(1e-5);
        return means;
    }

    @ParameterizedTest
    @CsvSource({"64, 64", "65, 48", "80, 130"})
    void mapsAreTheLayersDifferencesUpsampledAndSummed(int height, int width) {
        try (Lpips lpips = load(DEMO)) {
            NDArray a = noise(1, 2, height, width);
            NDArray b = noise(2, 2, height, width);

            double[][] means = check(lpips, DEMO, a, b);

            float[] perLayer = lpips.perLayer(manager, a, b).toFloatArray();
            for (int i = 0; i < perLayer.length; i++) {
                assertThat(means[i / 5][i % 5]).isCloseTo(perLayer[i], within(1e-5));
            }
        }
    }

    /** The original weights, and distances that the LPIPS authors' code computed with them. */
    @ParameterizedTest
    @ValueSource(strings = {"alex", "squeeze"})
    void mapsOfThePublishedNetworks(String net) {
        Path weights = SHARED.resolve("lpips/lpips-" + net + "-v0.1.safetensors");
        Path pairs = SHARED.resolve("fixtures/lpips-true/pairs.safetensors");
        for (Path file : List.of(weights, pairs)) {
            Assumptions.assumeTrue(Files.exists(file), "there is no " + file + " beside the project");
        }
        try (Lpips lpips = load(weights);
                SafetensorsFile file = SafetensorsFile.open(pairs)) {
            for (int size : new int[] {64, 128}) {
                NDArray a = images(file, "a" + size);
                NDArray b = images(file, "b" + size);
                FloatBuffer golden =
                        file.read("lpips_" + net + "_" + size).toFloat32().asFloatBuffer();

                double[][] means = check(lpips, weights, a, b);

                for (double[] layers : means) {
                    assertThat(Arrays.stream(layers).sum()).isCloseTo(golden.get(), within(1e-5));
                }
            }
        }
    }

    private NDArray images(SafetensorsFile file, String name) {
        FloatBuffer stored = file.read(name).toFloat32().asFloatBuffer();
        float[] values = new float[stored.remaining()];
        stored.get(values);
        return manager.create(values, new Shape(file.shape(name)));
    }

    @Test
    void aPartsDistanceIsItsMean() {
        try (Lpips lpips = load(DEMO)) {
            NDArray a = noise(1, 2, 64, 80);
            NDArray b = noise(2, 2, 64, 80);
            float[] maps = lpips.maps(manager, a, b).toFloatArray();
            PixelMask first = RunLengths.decode(new int[] {0, 80, 163, 10}, 80, 64);
            PixelMask second = RunLengths.decode(new int[] {64 * 80 - 7, 7}, 80, 64);

            double[] distances = lpips.distances(a, b, List.of(first, second));

            assertThat(distances[0]).isCloseTo((sum(maps, 0, 80) + sum(maps, 163, 10)) / 90, within(1e-9));
            assertThat(distances[1]).isCloseTo(sum(maps, 2 * 64 * 80 - 7, 7) / 7, within(1e-9));
            assertThat(lpips.distances(a, b, List.of(first.complement(), new PixelMask(80, 64, new boolean[5120]))))
                    .satisfies(both -> assertThat(both[0]).isPositive())
                    .satisfies(both -> assertThat(both[1]).isNaN());
        }
    }

    private static double sum(float[] values, int from, int count) {
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += values[i];
        }
        return sum;
    }

    /** Images that differ on their right alone have their distance there. */
    @Test
    void mapsSayWhereImagesDiffer() {
        try (Lpips lpips = load(DEMO)) {
            NDArray a = noise(1, 1, 128, 128);
            NDArray b = a.get(":, :, :, :96").concat(noise(2, 1, 128, 128).get(":, :, :, 96:"), 3);
            boolean[] left = new boolean[128 * 128];
            for (int i = 0; i < left.length; i++) {
                left[i] = i % 128 < 32;
            }
            PixelMask mask = new PixelMask(128, 128, left);
            PixelMask right = new PixelMask(128, 128, shifted(left));

            double far = lpips.distances(a, b, List.of(mask))[0];
            double near = lpips.distances(a, b, List.of(right))[0];

            assertThat(near).isGreaterThan(20 * far);
        }
    }

    private static boolean[] shifted(boolean[] left) {
        boolean[] right = new boolean[left.length];
        for (int i = 0; i < right.length; i++) {
            right[i] = left[(i + 32) % left.length];
        }
        return right;
    }

    @Test
    void masksThatDoNotFitAreRefused() {
        try (Lpips lpips = load(DEMO)) {
            NDArray a = noise(1, 2, 64, 80);
            PixelMask right = PixelMask.whole(80, 64);

            assertThatThrownBy(() -> lpips.distances(a, a, List.of(right)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("1 masks for 2 images");
            assertThatThrownBy(() -> PieBench.lpips(lpips, a, a, List.of(right, PixelMask.whole(64, 80))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("mask 1 is of 64x80 pixels, the images are of 80x64");
        }
    }

    /** Masked in [0, 1], brought to [-1, 1] after. */
    @Test
    void pieBenchsDistanceIsThatOfTheBlackenedImages() {
        try (Lpips lpips = load(DEMO)) {
            NDArray a = noise(1, 2, 64, 80);
            NDArray b = noise(2, 2, 64, 80);
            PixelMask left = RunLengths.decode(new int[] {20, 40 * 80}, 80, 64);
            int before = manager.getManagedArrays().size();

            NDArray blackened = PieBench.blackened(manager, a, List.of(left, PixelMask.whole(80, 64)));
            assertThat(manager.getManagedArrays()).hasSize(before + 1);
            assertThat(blackened.toFloatArray()).containsExactly(byHand(a, left), within(0f));

            double[] distances = PieBench.lpips(lpips, a, b, List.of(left, PixelMask.whole(80, 64)));
            NDArray ofA = manager.create(byHand(a, left), a.getShape());
            NDArray ofB = manager.create(byHand(b, left), a.getShape());
            assertThat(distances[0]).isCloseTo(lpips.distances(ofA, ofB)[0], within(1e-6));
            assertThat(distances[0]).isLessThan(lpips.distances(a, b)[0]);
            assertThat(distances[1]).as("all of it may differ").isNaN();
            assertThat(PieBench.lpips(lpips, a, b, List.of(left, left.complement()))[1])
                    .isPositive();
        }
    }

    /** The first image outside the mask, the second one nowhere. */
    private static float[] byHand(NDArray images, PixelMask mask) {
        float[] values = images.toFloatArray();
        int pixels = mask.inside().length;
        for (int i = 0; i < values.length; i++) {
            if (i >= 3 * pixels || mask.inside()[i % pixels]) {
                values[i] = -1;
            }
        }
        return values;
    }

    @Test
    void measuringPartsLeavesNoArraysBehind() {
        try (Lpips lpips = load(DEMO)) {
            NDArray a = noise(1, 1, 64, 64);
            NDArray b = noise(2, 1, 64, 64);
            List<PixelMask> mask = List.of(PixelMask.whole(64, 64).withBorder());
            lpips.distances(a, b, mask);
            int before = manager.getManagedArrays().size();

            for (int i = 0; i < 20; i++) {
                lpips.distances(a, b, mask);
                PieBench.lpips(lpips, a, b, mask);
            }

            assertThat(manager.getManagedArrays()).hasSize(before);
        }
    }
}
