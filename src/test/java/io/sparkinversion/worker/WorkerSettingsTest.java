package io.sparkinversion.worker;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.UserException;
import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.worker.WorkerSettings.Precision;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkerSettingsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cpu |  0 | 7.5 | 64 | 2 | 9 | steps is 0; it must be 1 or more",
                "cpu |  5 | 7.5 | 64 | 0 | 9 | batch size is 0; it must be 1 or more",
                "cpu |  5 | 7.5 | 64 | 2 | 0 | max pixels is 0; it must be 1 or more",
                "cpu |  5 | 7.5 |  8 | 2 | 9 | resolution is 8; it must be 16 or more",
                "cpu |  5 | 7.5 | 60 | 2 | 9 | resolution is 60; it must be a multiple of 8",
                "cpu |  5 | NaN | 64 | 2 | 9 | guidance is NaN; it must be finite",
                "tpu |  5 | 7.5 | 64 | 2 | 9 | device is 'tpu'; it must be auto, cpu, gpu or gpu:N",
            })
    void areRefusedBeforeAnyTaskRuns(
            String device, int steps, double guidance, int resolution, int batchSize, long maxPixels, String message) {
        assertThatThrownBy(() -> new WorkerSettingsBuilder("model", "ab12")
                        .device(device)
                        .precision(Precision.FLOAT32)
                        .methods(List.of())
                        .steps(steps)
                        .guidance(guidance)
                        .resolution(resolution)
                        .resize(Filter.BICUBIC)
                        .batchSize(batchSize)
                        .maxPixels(maxPixels)
                        .build())
                .isInstanceOf(UserException.class)
                .hasMessage(message);
    }
}
