package io.sparkinversion.cli;

import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.job.InversionJob;
import io.sparkinversion.job.Progress;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.job.SparkTestSession;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.worker.InversionWorker;
import io.sparkinversion.worker.WorkerHook;
import io.sparkinversion.worker.WorkerSettings;
import io.sparkinversion.worker.WorkerSettings.Precision;
import io.sparkinversion.worker.WorkerSettingsBuilder;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Runs of the whole job with the embedded model on the sample images, inside the tests' Spark. */
record SampleRun(String dataset, long limit, List<Method> methods, int steps, int batchSize, int partitions) {
    private static final PrintStream QUIET = new PrintStream(OutputStream.nullOutputStream());

    static final Path SAMPLES = Path.of("data-samples").toAbsolutePath();

    static SampleRun of(int steps) {
        return new SampleRun(SAMPLES.toString(), 0, List.of(Method.NEGATIVE_PROMPT), steps, 8, 0);
    }

    SampleRun first(long images) {
        return new SampleRun(dataset, images, methods, steps, batchSize, partitions);
    }

    SampleRun of(Path otherDataset) {
        return new SampleRun(otherDataset.toString(), limit, methods, steps, batchSize, partitions);
    }

    SampleRun with(Method... wanted) {
        return new SampleRun(dataset, limit, List.of(wanted), steps, batchSize, partitions);
    }

    SampleRun inBatchesOf(int images) {
        return new SampleRun(dataset, limit, methods, steps, images, partitions);
    }

    SampleRun inPartitions(int count) {
        return new SampleRun(dataset, limit, methods, steps, batchSize, count);
    }

    RunSummary into(Path output) {
        return into(output, QUIET);
    }

    RunSummary into(Path output, PrintStream out) {
        return run(settings(output), out, WorkerHook.NONE);
    }

    RunSummary into(Path output, WorkerHook hook) {
        return run(settings(output), QUIET, hook);
    }

    /** What the run is told. */
    JobSettings settings(Path output) {
        WorkerSettings worker = new WorkerSettingsBuilder(
                        SAMPLES.resolve("models/emoji-ldm").toString(), "embedded")
                .lpipsWeights(SAMPLES.resolve("models/lpips-demo.safetensors").toString())
                .device("cpu")
                .precision(Precision.FLOAT32)
                .methods(methods)
                .steps(steps)
                .guidance(7.5)
                .resolution(64)
                .resize(Filter.BICUBIC)
                .batchSize(batchSize)
                .maxPixels(100_000_000L)
                .build();
        return new JobSettings(
                new DatasetSettings(dataset, null, Format.AUTO, limit),
                output.toString(),
                worker,
                "demo",
                partitions,
                0,
                Resume.REUSE);
    }

    static RunSummary run(JobSettings settings) {
        return run(settings, QUIET, WorkerHook.NONE);
    }

    private static RunSummary run(JobSettings settings, PrintStream out, WorkerHook hook) {
        Progress progress = new Progress(
                new PrintStream(OutputStream.nullOutputStream()), Progress.Style.PLAIN_LINES, System::nanoTime);
        InversionWorker worker = new InversionWorker(settings.worker(), Duration.ofMinutes(30), hook);
        return InversionJob.run(settings, worker, SparkTestSession.session(), out, progress);
    }
}
