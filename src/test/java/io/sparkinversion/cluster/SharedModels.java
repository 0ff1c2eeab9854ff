package io.sparkinversion.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.job.InversionJob;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.worker.InversionWorker;
import io.sparkinversion.worker.WorkerSettings;
import io.sparkinversion.worker.WorkerSettings.Precision;
import io.sparkinversion.worker.WorkerSettingsBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.spark.sql.Row;

/** A run of many tasks of one image each, which loads one model for each GPU of the executors and no more. */
final class SharedModels {
    private static final int DEVICES = FaultBench.WORKERS * FaultBench.GPUS_OF_AN_EXECUTOR;

    private SharedModels() {}

    static void assertOneADevice(FaultBench bench, Path folder, int tasks) throws IOException {
        WorkerSettings worker = new WorkerSettingsBuilder("no model", "of " + tasks)
                .device("gpu")
                .precision(Precision.FLOAT32)
                .methods(List.of(Method.NEGATIVE_PROMPT))
                .steps(1)
                .guidance(7.5)
                .resolution(64)
                .resize(Filter.BICUBIC)
                .batchSize(1)
                .maxPixels(1_000_000)
                .build();
        DatasetSettings dataset = new DatasetSettings(
                images(folder.resolve("data-" + tasks), tasks).toString(), null, Format.AUTO, 0);
        Path output = folder.resolve("out-" + tasks);
        JobSettings settings = new JobSettings(dataset, output.toString(), worker, null, tasks, tasks, Resume.REUSE);
        FakeGpus gpus = new FakeGpus(FaultBench.GPUS_OF_A_WORKER, Duration.ofMillis(1));

        RunSummary summary = InversionJob.run(
                settings,
                new InversionWorker(worker, FaultBench.PATIENT, gpus),
                bench.spark(),
                S3Run.quiet(),
                S3Run.silent());

        assertThat(summary.images()).isEqualTo(tasks);
        assertThat(summary.failed()).isZero();
        assertThat(summary.modelLoads()).hasSize(DEVICES).allSatisfy((place, loads) -> {
            assertThat(place).matches("\\d+/gpu:[0-3]");
            assertThat(loads).isEqualTo(1);
        });
        List<String> places = bench
                .spark()
                .read()
                .parquet(output.resolve("metrics").toString())
                .selectExpr("concat(executor, '/', device)")
                .distinct()
                .collectAsList()
                .stream()
                .map((Row row) -> row.getString(0))
                .toList();
        assertThat(places)
                .containsExactlyInAnyOrderElementsOf(summary.modelLoads().keySet());
    }

    private static Path images(Path folder, int count) throws IOException {
        Path data = Files.createDirectories(folder);
        Path sample = S3Run.SAMPLES.resolve("images/000.png");
        StringBuilder captions = new StringBuilder("id,path,caption\n");
        for (int i = 0; i < count; i++) {
            captions.append("%s,%s,image %d%n".formatted(i, sample.getFileName(), i));
        }
        Files.copy(sample, data.resolve(sample.getFileName()));
        Files.writeString(data.resolve("captions.csv"), captions);
        return data;
    }
}
