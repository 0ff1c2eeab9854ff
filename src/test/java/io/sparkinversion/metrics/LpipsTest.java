package io.sparkinversion.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.weights.SafetensorsFile;
import io.sparkinversion.weights.SafetensorsWriter;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.WeightTensor;
import io.sparkinversion.weights.WeightsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** LPIPS with the demonstration weights that come with the code. */
class LpipsTest {
    private static final Path WEIGHTS = Path.of("data-samples/models/lpips-demo.safetensors");

    private NDManager manager;
    private Lpips lpips;

    @TempDir
    private Path folder;

    @BeforeEach
    void load() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        try (WeightSource weights = SafetensorsFile.open(WEIGHTS)) {
            lpips = Lpips.load("demo", weights, manager);
        }
    }

    @AfterEach
    void close() {
        lpips.close();
        manager.close();
    }

    /** A smooth picture plus noise of the given strength; the same picture and noise for the same seed. */
    private NDArray picture(long seed, double noise, int height, int width) {
        Random random = new Random(seed);
        float[] values = new float[3 * height * width];
        for (int i = 0; i < values.length; i++) {
            int x = i % width;
            int y = i / width % height;
            double smooth = 0.6 * Math.sin(0.11 * x + seed) * Math.cos(0.07 * y);
            values[i] = (float) Math.max(-1, Math.min(1, smooth + noise * random.nextGaussian()));
        }
        return manager.create(values, new Shape(1, 3, height, width));
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 65, 96})
    void identicalImagesAreAtDistanceZero(int side) {
        NDArray image = picture(1, 0.2, side, side);

        assertThat(lpips.distances(image, image)).containsExactly(0);
    }

    @Test
    void moreNoiseIsFarther() {
        NDArray clean = picture(1, 0, 64, 64);

        double before = 0;
        for (double noise : new double[] {0.02, 0.05, 0.1, 0.2, 0.4}) {
            float distance = lpips.distances(clean, picture(1, noise, 64, 64))[0];
            assertThat((double) distance).as("noise %s", noise).isGreaterThan(before);
            before = distance;
        }
    }

    @Test
    void theDistanceIsSymmetric() {
        NDArray a = picture(1, 0, 64, 64);
        NDArray b = picture(2, 0.1, 64, 64);

        assertThat(lpips.distances(a, b)).containsExactly(lpips.distances(b, a), within(1e-6f));
    }

    @Test
    void aBatchGivesWhatItsPairsGive() {
        NDArray a = picture(1, 0, 64, 64).concat(picture(2, 0.1, 64, 64), 0).concat(picture(3, 0.3, 64, 64), 0);
        NDArray b = picture(1, 0.3, 64, 64).concat(picture(3, 0.3, 64, 64), 0).concat(picture(3, 0.3, 64, 64), 0);

        float[] batch = lpips.distances(a, b);

        assertThat(batch).hasSize(3);
        for (int i = 0; i < 3; i++) {
            String row = i + ":" + (i + 1);
            assertThat(lpips.distances(a.get(row), b.get(row))).containsExactly(new float[] {batch[i]}, within(1e-6f));
        }
        assertThat(batch[2]).isZero();
        assertThat(batch[0]).isPositive();
    }

    @Test
    void theDistanceIsTheSumOfItsLayers() {
        NDArray a = picture(1, 0, 64, 64);
        NDArray b = picture(1, 0.2, 64, 64);

        float[] layers = lpips.perLayer(manager, a, b).toFloatArray();

        float sum = 0;
        for (float layer : layers) {
            assertThat(layer).isPositive();
            sum += layer;
        }
        assertThat(layers).hasSize(5);
        assertThat(lpips.distances(a, b)).containsExactly(new float[] {sum}, within(1e-6f));
        assertThat(lpips.features(manager, a)).hasSize(5);
    }

    @Test
    void measuringLeavesNoArraysBehind() {
        NDArray a = picture(1, 0, 64, 64);
        NDArray b = picture(1, 0.2, 64, 64);
        int before = manager.getManagedArrays().size();

        for (int i = 0; i < 50; i++) {
            lpips.distances(a, b);
        }

        assertThat(manager.getManagedArrays()).hasSize(before);
    }

    private Path altered(String without, String added) {
        List<WeightTensor> tensors = new ArrayList<>();
        try (SafetensorsFile stored = SafetensorsFile.open(WEIGHTS)) {
            stored.names().stream()
                    .filter(name -> !name.equals(without))
                    .map(stored::read)
                    .forEach(tensors::add);
        }
        if (added != null) {
            tensors.add(WeightTensor.ofFloats(added, new long[] {1}, 1));
        }
        Path file = folder.resolve("altered.safetensors");
        SafetensorsWriter.write(file, tensors, Map.of());
        return file;
    }

    @Test
    void aClassifierBesideTheFeaturesIsLeftOut() {
        NDArray a = picture(1, 0, 64, 64);
        NDArray b = picture(1, 0.2, 64, 64);
        try (WeightSource weights = SafetensorsFile.open(altered(null, "classifier.6.weight"));
                Lpips other = Lpips.load("with classifier", weights, manager)) {
            assertThat(other.distances(a, b)).isEqualTo(lpips.distances(a, b));
            assertThat(other.name()).isEqualTo("with classifier");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lin2.model.1.weight", "features.3.weight", "features.6.bias"})
    void aMissingWeightIsNamed(String name) {
        try (WeightSource weights = SafetensorsFile.open(altered(name, null))) {
            assertThatThrownBy(() -> Lpips.load("incomplete", weights, manager))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining(name);
        }
    }
}
