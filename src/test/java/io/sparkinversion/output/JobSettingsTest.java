package io.sparkinversion.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.DatasetFixture;
import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.PublicAddress;
import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.image.ResizeMode;
import io.sparkinversion.image.Sizing;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.worker.WorkerSettings;
import io.sparkinversion.worker.WorkerSettings.Precision;
import io.sparkinversion.worker.WorkerSettingsBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobSettingsTest {
    private static final DatasetSettings DATASET = DatasetFixture.captionsIn(Path.of("data"));
    private static final WorkerSettings WORKER = worker(
            "models/a",
            "ab12",
            "lpips.pth",
            "cpu",
            Precision.FLOAT32,
            List.of(Method.DDIM),
            50,
            7.5,
            512,
            Filter.BICUBIC,
            8);

    @Test
    void theKeyIgnoresWhereAndInWhichPortionsTheWorkIsDone() {
        WorkerSettings elsewhere = worker(
                "s3a://bucket/models/a",
                "ab12",
                "lpips.pth",
                "gpu:3",
                Precision.FLOAT32,
                List.of(Method.DDIM),
                50,
                7.5,
                512,
                Filter.BICUBIC,
                1);
        JobSettings other = new JobSettings(DATASET, "other", elsewhere, "alex", 7, 1000, Resume.RETRY_FAILED);

        assertThat(other.settingsKey())
                .isEqualTo(settings(WORKER, "alex").settingsKey())
                .matches("[0-9a-f]{64}");
    }

    @Test
    void theKeyFollowsTheContentOfLocalLpipsWeightsNotTheirPlace(@TempDir Path folder) throws IOException {
        String before = keyWithLpips(Files.writeString(folder.resolve("a.pth"), "weights"));
        String moved = keyWithLpips(Files.writeString(folder.resolve("b.pth"), "weights"));
        String changed = keyWithLpips(Files.writeString(folder.resolve("a.pth"), "others"));

        assertThat(moved).isEqualTo(before);
        assertThat(changed).isNotEqualTo(before);
    }

    private static String keyWithLpips(Path weights) {
        return settings(
                        worker(
                                "models/a",
                                "ab12",
                                weights.toString(),
                                "cpu",
                                Precision.FLOAT32,
                                List.of(Method.DDIM),
                                50,
                                7.5,
                                512,
                                Filter.BICUBIC,
                                8),
                        "alex")
                .settingsKey();
    }

    @Test
    void theKeyChangesWithEverySettingThatChangesResults() {
        List<String> keys = Stream.of(
                        settings(WORKER, "alex"),
                        settings(WORKER, "vgg"),
                        settings(
                                worker(
                                        "models/a",
                                        "cd34",
                                        "lpips.pth",
                                        "cpu",
                                        Precision.FLOAT32,
                                        List.of(Method.DDIM),
                                        50,
                                        7.5,
                                        512,
                                        Filter.BICUBIC,
                                        8),
                                "alex"),
                        settings(
                                worker(
                                        "models/a",
                                        "ab12",
                                        null,
                                        "cpu",
                                        Precision.FLOAT32,
                                        List.of(Method.DDIM),
                                        50,
                                        7.5,
                                        512,
                                        Filter.BICUBIC,
                                        8),
                                "alex"),
                        settings(
                                worker(
                                        "models/a",
                                        "ab12",
                                        "lpips.pth",
                                        "cpu",
                                        Precision.FLOAT16,
                                        List.of(Method.DDIM),
                                        50,
                                        7.5,
                                        512,
                                        Filter.BICUBIC,
                                        8),
                                "alex"),
                        settings(
                                worker(
                                        "models/a",
                                        "ab12",
                                        "lpips.pth",
                                        "cpu",
                                        Precision.FLOAT32,
                                        List.of(Method.DDIM, Method.DDIM_CFG),
                                        50,
                                        7.5,
                                        512,
                                        Filter.BICUBIC,
                                        8),
                                "alex"),
                        settings(
                                worker(
                                        "models/a",
                                        "ab12",
                                        "lpips.pth",
                                        "cpu",
                                        Precision.FLOAT32,
                                        List.of(Method.DDIM),
                                        51,
                                        7.5,
                                        512,
                                        Filter.BICUBIC,
                                        8),
                                "alex"),
                        settings(
                                worker(
                                        "models/a",
                                        "ab12",
                                        "lpips.pth",
                                        "cpu",
                                        Precision.FLOAT32,
                                        List.of(Method.DDIM),
                                        50,
                                        7.0,
                                        512,
                                        Filter.BICUBIC,
                                        8),
                                "alex"),
                        settings(
                                worker(
                                        "models/a",
                                        "ab12",
                                        "lpips.pth",
                                        "cpu",
                                        Precision.FLOAT32,
                                        List.of(Method.DDIM),
                                        50,
                                        7.5,
                                        256,
                                        Filter.BICUBIC,
                                        8),
                                "alex"),
                        settings(
                                worker(
                                        "models/a",
                                        "ab12",
                                        "lpips.pth",
                                        "cpu",
                                        Precision.FLOAT32,
                                        List.of(Method.DDIM),
                                        50,
                                        7.5,
                                        512,
                                        Filter.LANCZOS,
                                        8),
                                "alex"))
                .map(JobSettings::settingsKey)
                .toList();

        assertThat(keys).doesNotHaveDuplicates();
    }

    @Test
    void waveSizeFollowsParallelismAndBatch() {
        assertThat(settings(WORKER, null).imagesPerWave(1)).isEqualTo(64);
        assertThat(settings(WORKER, null).imagesPerWave(16)).isEqualTo(4 * 16 * 8);
        assertThat(settings(sized(ResizeMode.BUCKET), null).imagesPerWave(16)).isEqualTo(16 * 16 * 8);
        assertThat(settings(sized(ResizeMode.STRETCH), null).imagesPerWave(16)).isEqualTo(4 * 16 * 8);
        assertThat(new JobSettings(DATASET, "out", WORKER, null, 5, 0, Resume.REUSE).imagesPerWave(16))
                .isEqualTo(4 * 5 * 8);
        assertThat(new JobSettings(DATASET, "out", WORKER, null, 5, 10, Resume.REUSE).imagesPerWave(16))
                .isEqualTo(10);
    }

    @Test
    void refusesSettingsThatMeanNothing() {
        assertThatThrownBy(() -> new JobSettings(DATASET, " ", WORKER, null, 0, 0, Resume.REUSE))
                .hasMessage("output: no directory given");
        assertThatThrownBy(() -> new JobSettings(DATASET, "out", WORKER, null, -1, 0, Resume.REUSE))
                .hasMessage("partitions and wave size must be 0 (automatic) or positive; got -1 and 0");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            data/images,                                   data/images
            /mnt/a@b/images,                               /mnt/a@b/images
            s3a://bucket/a@b,                              s3a://bucket/a@b
            hdfs://namenode:8020/a@b,                      hdfs://namenode:8020/a@b
            s3a://AKIA:secret@bucket/images,               s3a://bucket/images
            s3a://AKIA:sec/ret@bucket/images,              s3a://bucket/images
            abfss://container@account.example/images,      abfss://container@account.example/images
            """)
    void addressesAreShownWithoutCredentials(String address, String shown) {
        assertThat(PublicAddress.of(address)).isEqualTo(shown);
    }

    private static WorkerSettings sized(ResizeMode mode) {
        return WORKER.toBuilder()
                .sizing(new Sizing(mode, WORKER.resolution(), 8, false))
                .build();
    }

    @Test
    void theShapeOfImagesIsPartOfTheKeyAndTheMiddleSquareOfOlderResultsIsNot() {
        String crop = settings(WORKER, null).settingsKey();

        assertThat(settings(sized(ResizeMode.CROP), null).settingsKey()).isEqualTo(crop);
        assertThat(settings(sized(ResizeMode.FIT), null).resultSettings()).containsEntry("resize_mode", "fit");
        assertThat(Stream.of(
                                sized(ResizeMode.FIT),
                                sized(ResizeMode.STRETCH),
                                sized(ResizeMode.BUCKET),
                                WORKER.toBuilder().restoresSize(true).build())
                        .map(worker -> settings(worker, null).settingsKey()))
                .doesNotHaveDuplicates()
                .doesNotContain(crop);
    }

    private static JobSettings settings(WorkerSettings worker, String lpipsNet) {
        return new JobSettings(DATASET, "out", worker, lpipsNet, 0, 0, Resume.REUSE);
    }

    private static WorkerSettings worker(
            String model,
            String fingerprint,
            String lpips,
            String device,
            Precision precision,
            List<Method> methods,
            int steps,
            double guidance,
            int resolution,
            Filter resize,
            int batchSize) {
        return new WorkerSettingsBuilder(model, fingerprint)
                .lpipsWeights(lpips)
                .device(device)
                .precision(precision)
                .methods(methods)
                .steps(steps)
                .guidance(guidance)
                .resolution(resolution)
                .resize(resize)
                .batchSize(batchSize)
                .maxPixels(1_000_000)
                .build();
    }
}
