package io.sparkinversion.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.engine.DeviceChoice.DeviceException;
import io.sparkinversion.engine.DeviceChoice.Surroundings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceChoiceTest {
    private static final boolean LOCAL = true;

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                // wanted, assigned, local, partition, GPUs, choice
                "cpu,   -,     true,  0, 0, cpu",
                "cpu,   -,     true,  0, 2, cpu",
                "cpu,   1,     false, 0, 2, cpu",
                "auto,  -,     true,  0, 0, cpu",
                "auto,  -,     true,  0, 2, gpu:0",
                "auto,  -,     true,  3, 2, gpu:1",
                "auto,  -,     false, 3, 2, cpu",
                "auto,  -,     false, 3, 0, cpu",
                "auto,  1,     false, 4, 2, gpu:1",
                "auto,  gpu:1, false, 4, 2, gpu:1",
                "auto,  GPU1,  false, 4, 2, gpu:1",
                "auto,  ' 0 ', false, 4, 2, gpu:0",
                "gpu,   -,     true,  3, 2, gpu:1",
                "gpu,   0,     false, 3, 2, gpu:0",
                "gpu:1, -,     true,  0, 2, gpu:1",
                "gpu:1, 0,     false, 0, 2, gpu:0",
            })
    void chooses(String wanted, String assigned, boolean local, int partition, int gpus, String choice) {
        var device = DeviceChoice.choose(wanted, new Surroundings(assigned, local, partition, gpus));

        assertThat(DiffusionEngine.name(device)).isEqualTo(choice);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "gpu,   -,  true,  0, --device gpu was requested but libtorch sees no GPU here",
                "gpu,   -,  false, 2, --device gpu was requested but Spark assigned no GPU to this task",
                "gpu:0, -,  false, 2, --device gpu:0 was requested but Spark assigned no GPU to this task",
                "gpu:2, -,  true,  2, GPU 2 was requested but libtorch sees 2 GPUs",
                "gpu:0, -,  true,  0, GPU 0 was requested but libtorch sees 0 GPUs",
                "auto,  0,  false, 0, GPU 0 was requested but libtorch sees 0 GPUs",
                "auto,  3,  false, 2, GPU 3 was requested but libtorch sees 2 GPUs",
                "auto,  -1, false, 2, Spark assigned the GPU address '-1' which is not an index",
                "auto,  GPU-8f1c, false, 2, Spark assigned the GPU address 'GPU-8f1c' which is not an index",
                "tpu,   -,  true,  0, --device 'tpu' is invalid; expected auto cpu gpu or gpu:N",
            })
    void refuses(String wanted, String assigned, boolean local, int gpus, String message) {
        assertThatThrownBy(() -> DeviceChoice.choose(wanted, new Surroundings(assigned, local, 0, gpus)))
                .isInstanceOf(DeviceException.class)
                .satisfies(e -> assertThat(e.getMessage().replace(",", "")).startsWith(message));
    }

    @Test
    void spreadsLocalTasksOverAllGpus() {
        assertThat(java.util.stream.IntStream.range(0, 6)
                        .mapToObj(partition -> DeviceChoice.choose("auto", new Surroundings(null, LOCAL, partition, 3)))
                        .map(DiffusionEngine::name))
                .containsExactly("gpu:0", "gpu:1", "gpu:2", "gpu:0", "gpu:1", "gpu:2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "cpu", "gpu", "gpu:0", "gpu:15"})
    void knowsWhatMayBeWanted(String device) {
        assertThat(DeviceChoice.isValid(device)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GPU", "cuda", "cuda:0", "gpu:", "gpu:-1", "gpu:x", "gpu:99999999999"})
    void knowsWhatMayNotBeWanted(String device) {
        assertThat(DeviceChoice.isValid(device)).isFalse();
    }
}
