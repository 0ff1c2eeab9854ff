package io.sparkinversion.job;

import io.sparkinversion.dataset.DatasetFixture;
import io.sparkinversion.evaluation.EvaluationJob;
import io.sparkinversion.evaluation.EvaluationSettings;
import io.sparkinversion.evaluation.Protocol;
import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.output.Table;
import io.sparkinversion.worker.WorkerSettings;
import io.sparkinversion.worker.WorkerSettings.Precision;
import io.sparkinversion.worker.WorkerSettingsBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;

/** A dataset of fake images in a folder, an output folder, and runs of the job with a {@link FakeProcessor}. */
public final class JobFixture {
    public static final List<Method> METHODS = List.of(Method.NEGATIVE_PROMPT, Method.DDIM_CFG);
    public static final int WAVE_SIZE = 4;

    private final Path folder;
    private final Map<String, String> captions = new TreeMap<>();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final FakeProcessor processor;
    private String scheme = "file:";
    private String output = "out";
    private int waveSize = WAVE_SIZE;

    public JobFixture(Path folder) {
        this.folder = folder;
        this.processor = new FakeProcessor(
                folder.toString(), METHODS.stream().map(Method::label).toList());
    }

    /** Images {@code i00}, {@code i01} and so on. */
    public JobFixture withImages(int count) {
        for (int i = 0; i < count; i++) {
            withImage(String.format("i%02d", i), "pixels " + i);
        }
        return this;
    }

    public JobFixture withImage(String id, String content) {
        try {
            Path file = Files.createDirectories(data()).resolve(id + ".png");
            Files.writeString(file, content);
            // A fixed time, so that a second fixture with the same images has the same manifest.
            Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_000L));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return withCaption(id, "a caption of " + id);
    }

    public JobFixture withCaption(String id, String caption) {
        captions.put(id, caption);
        return this;
    }

    JobFixture without(String id) {
        captions.remove(id);
        return this;
    }

    /** From now on runs write to another folder beside the first, all images in one wave. */
    public JobFixture inOneWaveInto(String name) {
        output = name;
        waveSize = Integer.MAX_VALUE;
        return this;
    }

    JobFixture inWavesOf(int images) {
        waveSize = images;
        return this;
    }

    /** From now on waves are as large as the run's pace has them. */
    JobFixture paced() {
        waveSize = 0;
        return this;
    }

    /** From now on the output is on a disk that {@link FaultyFileSystem} can tear away. */
    public JobFixture onFaultyDisk() {
        FaultyFileSystem.register(SparkTestSession.session().sparkContext().hadoopConfiguration());
        FaultyFileSystem.revive();
        scheme = "faulty:";
        return this;
    }

    public Path data() {
        return folder.resolve("data");
    }

    public Path output() {
        return folder.resolve(output);
    }

    public FakeProcessor processor() {
        return processor;
    }

    public OutputDirectory directory() {
        try {
            return new OutputDirectory(
                    output().toUri().toString(),
                    SparkTestSession.session().sparkContext().hadoopConfiguration());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public SortedSet<Integer> committedWaves() {
        try {
            return directory().committedWaves();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public JobSettings settings(Resume resume) {
        return new JobSettings(
                DatasetFixture.captionsIn(data()), scheme + output(), worker(20), "alex", 2, waveSize, resume);
    }

    public static WorkerSettings worker(int steps) {
        return new WorkerSettingsBuilder("models/tiny", "ab12")
                .device("cpu")
                .precision(Precision.FLOAT32)
                .methods(METHODS)
                .steps(steps)
                .guidance(7.5)
                .resolution(64)
                .resize(Filter.BICUBIC)
                .batchSize(2)
                .maxPixels(1_000_000)
                .build();
    }

    public RunSummary run() {
        return run(settings(Resume.REUSE));
    }

    public RunSummary run(JobSettings settings) {
        writeCaptions();
        return InversionJob.run(settings, processor, SparkTestSession.session(), out(), silent());
    }

    public EvaluationSettings evaluation(Integer... steps) {
        return new EvaluationSettings(settings(Resume.REUSE), List.of(steps), Protocol.THROUGHPUT);
    }

    public List<RunSummary> evaluate(EvaluationSettings settings) {
        writeCaptions();
        return EvaluationJob.run(settings, worker -> processor, SparkTestSession.session(), out(), JobFixture::silent)
                .parts();
    }

    private PrintStream out() {
        return new PrintStream(printed, true, StandardCharsets.UTF_8);
    }

    private static Progress silent() {
        return new Progress(
                new PrintStream(OutputStream.nullOutputStream()), Progress.Style.PLAIN_LINES, System::nanoTime);
    }

    public String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    /** After a kill the lock's process is dead; in a test it is this one. */
    public void letTheLocksProcessDie() throws IOException {
        letTheLocksProcessDie(output());
    }

    public static void letTheLocksProcessDie(Path directory) throws IOException {
        Path lock = directory.resolve("_lock.json");
        String held = Files.readString(lock);
        Files.writeString(lock, held.replaceFirst("\"pid\" : \\d+", "\"pid\" : " + Integer.MAX_VALUE));
    }

    /** All rows of a table as JSON, sorted, without the wave that holds them. */
    List<String> rows(Table table) {
        return SparkTestSession.session()
                .read()
                .schema(table.schema())
                .parquet(output().resolve(table.label()).toString())
                .toJSON()
                .collectAsList()
                .stream()
                .map(row -> row.replaceAll(",\"wave\":\\d+", ""))
                .sorted()
                .toList();
    }

    private void writeCaptions() {
        if (captions.isEmpty()) {
            return;
        }
        StringBuilder csv = new StringBuilder("path,caption,id\n");
        captions.forEach((id, caption) ->
                csv.append(String.join(",", id + ".png", caption, id)).append('\n'));
        try {
            Files.createDirectories(data());
            Files.writeString(data().resolve("captions.csv"), csv);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
