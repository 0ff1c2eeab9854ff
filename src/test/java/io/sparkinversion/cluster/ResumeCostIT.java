package io.sparkinversion.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.engine.EditRecipe;
import io.sparkinversion.engine.Engine;
import io.sparkinversion.engine.EngineException;
import io.sparkinversion.engine.EngineException.Kind;
import io.sparkinversion.engine.Recipe;
import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.job.InversionJob;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.job.SparkTestSession;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.worker.EngineRegistry;
import io.sparkinversion.worker.EngineRegistry.Loader;
import io.sparkinversion.worker.InversionWorker;
import io.sparkinversion.worker.WorkerHook;
import io.sparkinversion.worker.WorkerSettings;
import io.sparkinversion.worker.WorkerSettings.Precision;
import io.sparkinversion.worker.WorkerSettingsBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that lost its device at half, and the same command again, in evaluations of the UNet. */
class ResumeCostIT {
    private static final int IMAGES = 24;
    private static final int WAVE_SIZE = 4;
    private static final int WAVES_IN_FLIGHT = 3;
    private static final int STEPS = 5;
    private static final int EVALUATIONS_AN_IMAGE = 2 * STEPS;
    private static final long CLEAN = (long) IMAGES * EVALUATIONS_AN_IMAGE;

    @TempDir
    private Path folder;

    /** Counts what the device does, also what is lost afterwards, and makes it stop after so much. */
    private record CountingEngine(FixedCostEngine engine) implements Engine {
        private static final AtomicLong EVALUATIONS = new AtomicLong();
        private static final AtomicLong LIMIT = new AtomicLong(Long.MAX_VALUE);

        @Override
        public String device() {
            return engine.device();
        }

        @Override
        public List<Result> run(List<Input> batch, Recipe recipe) {
            if (EVALUATIONS.get() >= LIMIT.get()) {
                throw new EngineException(Kind.DEVICE_LOST, "injected: the device is lost", null);
            }
            EVALUATIONS.addAndGet((long) batch.size() * EVALUATIONS_AN_IMAGE);
            return engine.run(batch, recipe);
        }

        @Override
        public List<Edited> edit(List<EditInput> batch, Recipe recipe, EditRecipe edits) {
            return engine.edit(batch, recipe, edits);
        }

        @Override
        public void close() {}
    }

    private record Counting() implements WorkerHook {
        private static final long serialVersionUID = 1L;

        @Override
        public Engine load(WorkerSettings settings, Device device, Loader shipped) {
            return new CountingEngine(new FixedCostEngine("cpu", Duration.ZERO, () -> {}));
        }
    }

    @AfterEach
    void unloadTheEngine() {
        EngineRegistry.closeAll();
        CountingEngine.EVALUATIONS.set(0);
        CountingEngine.LIMIT.set(Long.MAX_VALUE);
    }

    @Test
    void bothRunsTogetherCostAsMuchAsOneAndTheWavesInFlight() throws IOException {
        writeDataset();
        CountingEngine.LIMIT.set(CLEAN / 2);
        assertThatThrownBy(this::run)
                .isInstanceOf(JobException.class)
                .hasMessageContaining("finished waves are kept, the same command goes on from there")
                .hasStackTraceContaining("injected: the device is lost");
        long first = CountingEngine.EVALUATIONS.get();
        assertThat(first).isBetween(CLEAN / 2, CLEAN * 2 / 3);
        CountingEngine.LIMIT.set(Long.MAX_VALUE);

        RunSummary second = run();

        long inFlight = (long) WAVES_IN_FLIGHT * WAVE_SIZE * EVALUATIONS_AN_IMAGE;
        assertThat(second.images()).isEqualTo(IMAGES);
        assertThat(second.failed()).isZero();
        assertThat(second.reused()).isPositive();
        assertThat(second.unetEvaluations())
                .isEqualTo((IMAGES - second.reused()) * EVALUATIONS_AN_IMAGE)
                .isEqualTo(CountingEngine.EVALUATIONS.get() - first);
        assertThat((double) CountingEngine.EVALUATIONS.get()).isBetween((double) CLEAN, 1.05 * CLEAN + inFlight);
        assertThat(evaluationsInTheTables()).isEqualTo(CLEAN);
    }

    private RunSummary run() {
        WorkerSettings worker = new WorkerSettingsBuilder("no model", "")
                .device("cpu")
                .precision(Precision.FLOAT32)
                .methods(List.of(Method.NEGATIVE_PROMPT))
                .steps(STEPS)
                .guidance(7.5)
                .resolution(64)
                .resize(Filter.BICUBIC)
                .batchSize(2)
                .maxPixels(1_000_000)
                .build();
        DatasetSettings dataset = new DatasetSettings(folder.toString(), null, Format.AUTO, 0);
        return InversionJob.run(
                new JobSettings(dataset, folder.resolve("out").toString(), worker, null, 0, WAVE_SIZE, Resume.REUSE),
                new InversionWorker(worker, Duration.ofMinutes(5), new Counting()),
                SparkTestSession.session(),
                S3Run.quiet(),
                S3Run.silent());
    }

    private void writeDataset() throws IOException {
        StringBuilder captions = new StringBuilder("id,path,caption\n");
        Files.copy(S3Run.SAMPLES.resolve("images/000.png"), folder.resolve("sample.png"));
        for (int i = 0; i < IMAGES; i++) {
            captions.append("%d,sample.png,image %d%n".formatted(i, i));
        }
        Files.writeString(folder.resolve("captions.csv"), captions);
    }

    private long evaluationsInTheTables() {
        Row sum = SparkTestSession.session()
                .read()
                .parquet(folder.resolve("out/metrics").toString())
                .selectExpr("sum(unet_evaluations_image)")
                .first();
        return sum.getLong(0);
    }
}
