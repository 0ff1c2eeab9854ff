package io.sparkinversion.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.job.DatasetSettings;
import io.sparkinversion.job.DatasetSettings.Format;
import io.sparkinversion.job.InversionJob;
import io.sparkinversion.job.JobSettings;
import io.sparkinversion.job.JobSettings.Resume;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.worker.InversionWorker;
import io.sparkinversion.worker.WorkerSettings;
import io.sparkinversion.worker.WorkerSettings.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two workers with two GPUs each, and one executor on each of them. */
@Timeout(300)
class StandaloneClusterTest {
    private static final int WORKERS = 2;
    private static final int GPUS = 2;

    @TempDir
    private static Path folder;

    private static StandaloneCluster cluster;
    private static SparkSession spark;

    @BeforeAll
    static void start() {
        cluster = StandaloneCluster.start(folder, WORKERS, GPUS);
        spark = cluster.session(cluster.settings(GPUS));
    }

    @AfterAll
    static void stop() {
        spark.stop();
        cluster.close();
    }

    private static Path images(int count) throws IOException {
        Path data = Files.createDirectories(folder.resolve("data-" + count));
        Path sample = S3Run.SAMPLES.resolve("images/000.png");
        StringBuilder captions = new StringBuilder("id,path,caption\n");
        for (int i = 0; i < count; i++) {
            captions.append("%s,%s,image %d%n".formatted(i, sample.getFileName(), i));
        }
        Files.copy(sample, data.resolve(sample.getFileName()));
        Files.writeString(data.resolve("captions.csv"), captions);
        return data;
    }

    @Test
    void allTasksOfADeviceShareOneModel() throws IOException {
        runAndCountLoads(100);
    }

    @Test
    @Tag("slow")
    void aThousandTasksOfADeviceShareOneModel() throws IOException {
        runAndCountLoads(1000);
    }

    private static void runAndCountLoads(int tasks) throws IOException {
        WorkerSettings worker = new WorkerSettings(
                "no model", "of " + tasks, null, "gpu", Precision.FLOAT32, List.of(Method.NEGATIVE_PROMPT), 1, 7.5, 64,
                Filter.BICUBIC, 1, 1_000_000, 0);
        DatasetSettings dataset = new DatasetSettings(images(tasks).toString(), null, Format.AUTO, 0);
        Path output = folder.resolve("out-" + tasks);
        JobSettings settings =
                new JobSettings(dataset, output.toString(), worker, null, tasks, tasks, Resume.REUSE);

        RunSummary summary = InversionJob.run(
                settings,
                new InversionWorker(worker, Duration.ofMinutes(5), new FakeGpus(GPUS, Duration.ofMillis(1))),
                spark,
                S3Run.quiet(),
                S3Run.silent());

        assertThat(summary.images()).isEqualTo(tasks);
        assertThat(summary.failed()).isZero();
        assertThat(summary.modelLoads()).hasSize(WORKERS * GPUS).allSatisfy((place, loads) -> {
            assertThat(place).matches("\\d+/gpu:[01]");
            assertThat(loads).isEqualTo(1);
        });
        List<String> places = spark.read().parquet(output.resolve("metrics").toString())
                .selectExpr("concat(executor, '/', device)").distinct().collectAsList().stream()
                .map((Row row) -> row.getString(0))
                .toList();
        assertThat(places).containsExactlyInAnyOrderElementsOf(summary.modelLoads().keySet());
    }
}
