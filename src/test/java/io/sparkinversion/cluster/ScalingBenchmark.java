package io.sparkinversion.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.job.InversionJob;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.worker.InversionWorker;
import io.sparkinversion.worker.WorkerHook;
import io.sparkinversion.worker.WorkerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How work spreads over the executors of a standalone cluster of real processes whose GPUs are clocks: an evaluation of
 * the UNet takes a fixed time and no processor, so that a small machine can tell. Run it by
 * {@code mvn -B -ntp test -Dtest=ScalingBenchmark}.
 */
class ScalingBenchmark {
    private static final int EXECUTORS = 2;
    /** As in conf/: while one task reads or measures pictures, another has the GPU. */
    private static final int TASKS_A_GPU = Integer.getInteger("benchmark.tasks", 2);

    private static final int BATCH_SIZE = 8;
    private static final int STEPS = 10;
    private static final Duration EVALUATION = Duration.ofMillis(200);
    private static final int IMAGES = Integer.getInteger("benchmark.images", 256);
    private static final int SKEWED_IMAGES = 160;
    private static final Duration SHORT_EVALUATION = Duration.ofMillis(10);
    private static final int SAMPLES = 100;

    @TempDir
    private Path folder;

    @Test
    void twoExecutorsAreNearlyTwiceAsFastAsOne() throws Exception {
        try (StandaloneCluster cluster = StandaloneCluster.start(folder, EXECUTORS, TASKS_A_GPU)) {
            Times one = times(cluster, 1);
            Times two = times(cluster, EXECUTORS);
            double engine = (double) IMAGES / BATCH_SIZE * 2 * STEPS * EVALUATION.toMillis() / 1e3;
            System.out.printf("executors  computing  GPUs busy  whole run%n");
            System.out.printf(
                    "%9d  %7.1f s  %8.1f%%  %7.1f s%n", 1, one.computing(), 100 * engine / one.computing(), one.run());
            System.out.printf(
                    "%9d  %7.1f s  %8.1f%%  %7.1f s%n",
                    EXECUTORS, two.computing(), 100 * engine / two.computing() / EXECUTORS, two.run());
            double efficiency = one.computing() / two.computing() / EXECUTORS;
            System.out.printf(
                    "efficiency of %d executors: computing %.3f, whole run %.3f%n",
                    EXECUTORS, efficiency, one.run() / two.run() / EXECUTORS);
            assertThat(efficiency).isGreaterThanOrEqualTo(0.95);
        }
    }

    /**
     * Seconds of a run in a Spark that has run before.
     *
     * @param computing from the first image to the last
     * @param run planning, the last commits and the summary included, which take as long for any number of images
     */
    private record Times(double computing, double run) {}

    private Times times(StandaloneCluster cluster, int executors) throws Exception {
        try (SparkSession spark = session(cluster, executors)) {
            FakeGpus gpus = new FakeGpus(TASKS_A_GPU, EVALUATION);
            run(spark, "warm-up-" + executors, gpus, dataset(executors * TASKS_A_GPU * 2, i -> "image " + i));
            spark.sparkContext().listenerBus().waitUntilEmpty();
            ComputeSpan span = new ComputeSpan();
            spark.sparkContext().addSparkListener(span);
            RunSummary summary = run(spark, "out-" + executors, gpus, dataset(IMAGES, i -> "image " + i));
            assertThat(summary.images()).isEqualTo(IMAGES);
            assertThat(summary.failed()).isZero();
            spark.sparkContext().listenerBus().waitUntilEmpty();
            return new Times(span.seconds(), summary.wallTime().toMillis() / 1e3);
        }
    }

    /** One image in sixteen, in a row where the dataset is sorted by what makes them heavy. */
    @Test
    void workThatNobodyCouldForeseeIsSpread() throws IOException {
        try (StandaloneCluster cluster = StandaloneCluster.start(folder, EXECUTORS, TASKS_A_GPU);
                SparkSession spark = session(cluster, EXECUTORS)) {
            SkewedGpus gpus = new SkewedGpus(TASKS_A_GPU, SHORT_EVALUATION);
            RunSummary summary = run(
                    spark,
                    "skewed",
                    gpus,
                    dataset(SKEWED_IMAGES, i -> (i < SKEWED_IMAGES / 16 ? SkewedGpus.HEAVY : "light") + " image " + i));
            assertThat(summary.failed()).isZero();
            List<Row> executors = spark.read()
                    .parquet(folder.resolve("skewed/metrics").toString())
                    .selectExpr("executor", "cast(unet_evaluations_image as bigint) as evaluations")
                    .groupBy("executor")
                    .sum("evaluations")
                    .collectAsList();
            double most =
                    executors.stream().mapToLong(row -> row.getLong(1)).max().orElseThrow();
            double all = executors.stream().mapToLong(row -> row.getLong(1)).sum();
            System.out.printf(
                    "%d images, one in sixteen %d times as costly: the busier of %d executors made %.1f%% of the"
                            + " evaluations%n",
                    SKEWED_IMAGES, SkewedGpus.FACTOR, executors.size(), 100 * most / all);
            assertThat(most / all).isLessThanOrEqualTo(0.55);
        }
    }

    private SparkSession session(StandaloneCluster cluster, int executors) {
        Map<String, String> settings = cluster.settings(1);
        settings.put("spark.scheduler.mode", "FAIR");
        settings.put("spark.executor.cores", Integer.toString(TASKS_A_GPU));
        settings.put("spark.task.resource.gpu.amount", Double.toString(1.0 / TASKS_A_GPU));
        settings.put("spark.cores.max", Integer.toString(executors * TASKS_A_GPU));
        return cluster.session(settings);
    }

    private RunSummary run(SparkSession spark, String output, WorkerHook gpus, Path data) {
        WorkerSettings worker = FaultRun.worker("no model", output)
                .steps(STEPS)
                .batchSize(BATCH_SIZE)
                .build();
        DatasetSettings dataset = new DatasetSettings(data.toString(), null, Format.AUTO, 0);
        return InversionJob.run(
                new JobSettings(dataset, folder.resolve(output).toString(), worker, null, 0, 0, Resume.REUSE),
                new InversionWorker(worker, Duration.ofMinutes(5), gpus),
                spark,
                S3Run.quiet(),
                S3Run.silent());
    }

    /** Each sample picture several times under its own id. */
    private Path dataset(int images, IntFunction<String> caption) throws IOException {
        Path data = Files.createTempDirectory(folder, "data");
        StringBuilder captions = new StringBuilder("id,path,caption\n");
        for (int i = 0; i < images; i++) {
            String sample = "%03d.png".formatted(i % SAMPLES);
            if (i < SAMPLES) {
                Files.copy(S3Run.SAMPLES.resolve("images").resolve(sample), data.resolve(sample));
            }
            captions.append("%d,%s,%s%n".formatted(i, sample, caption.apply(i)));
        }
        Files.writeString(data.resolve("captions.csv"), captions);
        return data;
    }
}
