package io.sparkinversion.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.cli.Tables;
import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.job.InversionJob;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.worker.InversionWorker;
import io.sparkinversion.worker.WorkerHook;
import io.sparkinversion.worker.WorkerSettings;
import io.sparkinversion.worker.WorkerSettings.Precision;
import io.sparkinversion.worker.WorkerSettingsBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/**
 * A run of the job over {@value #IMAGES} images in two waves of two tasks, two images a batch and four passes of the
 * UNet each. As every word of it is a string, another process can be told the same.
 *
 * @param dataset its address
 * @param output its address
 * @param model address; anything where there is none
 * @param name tells its engines from those of other runs
 */
record FaultRun(String dataset, String output, String model, String name) {
    /** The image that faults meet; in the second wave. */
    static final String VICTIM = "i05";

    static final int IMAGES = 8;
    static final int WAVES = 2;
    private static final int WAVE_SIZE = IMAGES / WAVES;
    private static final int TASKS = 2;
    private static final int BATCH_SIZE = 2;
    private static final int STEPS = 2;

    /** Copies the first sample images as {@code i00}, {@code i01} and so on, with captions, into a folder. */
    static Path dataset(Path folder) {
        try {
            Path images = Files.createDirectories(folder.resolve("images"));
            StringBuilder captions = new StringBuilder("id,path,caption\n");
            for (int i = 0; i < IMAGES; i++) {
                Path sample = S3Run.SAMPLES.resolve("images/%03d.png".formatted(i));
                Files.copy(sample, images.resolve(id(i) + ".png"));
                captions.append("%1$s,images/%1$s.png,image %1$s%n".formatted(id(i)));
            }
            Files.writeString(folder.resolve("captions.csv"), captions);
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String id(int number) {
        return "i%02d".formatted(number);
    }

    /** Negative-prompt inversion of small pictures on GPUs. */
    static WorkerSettingsBuilder worker(String model, String fingerprint) {
        return new WorkerSettingsBuilder(model, fingerprint)
                .device("gpu")
                .precision(Precision.FLOAT32)
                .methods(List.of(Method.NEGATIVE_PROMPT))
                .guidance(7.5)
                .resolution(64)
                .resize(Filter.BICUBIC)
                .maxPixels(1_000_000);
    }

    JobSettings settings(Resume resume) {
        WorkerSettings worker =
                worker(model, name).steps(STEPS).batchSize(BATCH_SIZE).build();
        return new JobSettings(
                new DatasetSettings(dataset, null, Format.AUTO, 0), output, worker, null, TASKS, WAVE_SIZE, resume);
    }

    RunSummary run(SparkSession spark, WorkerHook hook, Duration stallTimeout) {
        return run(spark, hook, stallTimeout, Resume.REUSE);
    }

    RunSummary run(SparkSession spark, WorkerHook hook, Duration stallTimeout, Resume resume) {
        JobSettings settings = settings(resume);
        InversionWorker worker = new InversionWorker(settings.worker(), stallTimeout, hook);
        return InversionJob.run(settings, worker, spark, S3Run.quiet(), S3Run.silent());
    }

    /** How many waves are committed in a folder. */
    static int committedWaves(Path folder) {
        Path metrics = folder.resolve("metrics");
        if (!Files.exists(metrics)) {
            return 0;
        }
        try (Stream<Path> waves = Files.list(metrics)) {
            return (int)
                    waves.filter(wave -> Files.exists(wave.resolve("_SUCCESS"))).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Every image is in each table as often as it must be, and nothing else is: a reader that takes whatever lies in
     * the folders finds no more.
     *
     * @param folder where the output lies
     * @param failed what the row of each image says that failed, as {@code STAGE CODE}
     */
    static void assertComplete(Path folder, Map<String, String> failed) {
        Map<String, String> expected = new TreeMap<>();
        IntStream.range(0, IMAGES).forEach(i -> expected.put(id(i), "ok"));
        failed.forEach((id, reason) -> expected.put(id, "failed " + reason));
        List<String> good =
                expected.keySet().stream().filter(id -> !failed.containsKey(id)).toList();
        Tables tables = new Tables(folder);
        assertThat(tables.query(
                        "select concat_ws(' ', image_id, status, error_stage, error_code) from metrics order by 1",
                        row -> row.getString(1)))
                .as("metrics")
                .isEqualTo(expected.entrySet().stream()
                        .map(entry -> entry.getKey() + " " + entry.getValue())
                        .toList());
        for (String table : List.of("images", "latents")) {
            assertThat(tables.query("select image_id from " + table + " order by 1", row -> row.getString(1)))
                    .as(table)
                    .isEqualTo(good);
        }
        assertThat(committedWaves(folder)).as("committed waves").isEqualTo(WAVES);
        assertThat(left(folder)).as("what a run has for itself while it lasts").isEmpty();
    }

    private static List<String> left(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.map(folder::relativize)
                    .map(Path::toString)
                    .filter(file -> file.matches(".*(_lock|_temporary|_staged|__magic).*"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
