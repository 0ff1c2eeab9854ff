package io.sparkinversion.cluster;

import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.job.InversionJob;
import io.sparkinversion.job.Progress;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.weights.Sha256;
import io.sparkinversion.worker.InversionWorker;
import io.sparkinversion.worker.WorkerSettings;
import io.sparkinversion.worker.WorkerSettings.Precision;
import io.sparkinversion.worker.WorkerSettingsBuilder;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** A dataset of sample images on S3, and runs of the real job over it, one step an image, into another place there. */
final class S3Run {
    static final Path SAMPLES = Path.of("data-samples").toAbsolutePath();
    private static final String ROW = ",images/%s.png,a caption of %s%n";

    private final S3Server server;
    private final SparkSession spark;
    private final String name;
    private final Map<String, String> images = new TreeMap<>();
    private String model = SAMPLES.resolve("models/emoji-ldm").toString();
    private String output;
    private int waveSize = 1;

    /** @param name of the folder of the dataset and its runs in the server's bucket */
    S3Run(S3Server server, SparkSession spark, String name) {
        this.server = server;
        this.spark = spark;
        this.name = name;
        this.output = server.address(name + "/out");
    }

    /** Uploads the first sample images as {@code i0}, {@code i1} and so on, with their captions. */
    S3Run withImages(int count) {
        for (int i = 0; i < count; i++) {
            withImage("i" + i, i);
        }
        return this;
    }

    /** @param sample the number of the sample image whose pixels it has */
    S3Run withImage(String id, int sample) {
        try {
            byte[] pixels = Files.readAllBytes(SAMPLES.resolve("images/%03d.png".formatted(sample)));
            server.put(image(id), pixels);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        images.put(id, ROW.formatted(id, id));
        StringBuilder captions = new StringBuilder("id,path,caption\n");
        images.forEach((each, row) -> captions.append(each).append(row));
        server.put(name + "/data/captions.csv", captions.toString());
        return this;
    }

    /** Otherwise each image has a wave of its own. */
    S3Run inOneWave() {
        waveSize = Integer.MAX_VALUE;
        return this;
    }

    S3Run withModel(String address) {
        model = address;
        return this;
    }

    /** From now on runs write to a folder of this machine. */
    S3Run into(Path folder) {
        output = folder.toString();
        return this;
    }

    /** The key of an image; of their folder where there is no id. */
    String image(String id) {
        return name + "/data/images/" + (id.isEmpty() ? "" : id + ".png");
    }

    /** A key below the run's output. */
    String key(String relative) {
        return name + "/out/" + relative;
    }

    String output() {
        return output;
    }

    JobSettings settings(int steps) {
        WorkerSettings worker = new WorkerSettingsBuilder(model, "embedded")
                .device("cpu")
                .precision(Precision.FLOAT32)
                .methods(List.of(Method.NEGATIVE_PROMPT))
                .steps(steps)
                .guidance(7.5)
                .resolution(64)
                .resize(Filter.BICUBIC)
                .batchSize(2)
                .maxPixels(1_000_000)
                .build();
        DatasetSettings dataset = new DatasetSettings(server.address(name + "/data"), null, Format.AUTO, 0);
        return new JobSettings(dataset, output, worker, null, 2, waveSize, Resume.REUSE);
    }

    RunSummary run() {
        JobSettings settings = settings(1);
        return InversionJob.run(settings, worker(settings.worker()), spark, quiet(), silent());
    }

    static InversionWorker worker(WorkerSettings settings) {
        return new InversionWorker(settings, Duration.ofMinutes(30));
    }

    static PrintStream quiet() {
        return new PrintStream(OutputStream.nullOutputStream());
    }

    static Progress silent() {
        return new Progress(quiet(), Progress.Style.PLAIN_LINES, System::nanoTime);
    }

    /** Id, status and image hash of each row of the metrics, sorted. */
    List<String> rows() {
        return spark
                .read()
                .parquet(output + "/metrics")
                .selectExpr("concat_ws(' ', image_id, status, image_sha256)")
                .collectAsList()
                .stream()
                .map((Row row) -> row.getString(0))
                .sorted()
                .toList();
    }

    /** Id and bytes of each latent, sorted. */
    List<String> latents() {
        return spark
                .read()
                .parquet(output + "/latents")
                .selectExpr("concat_ws(' ', image_id, hex(data))")
                .collectAsList()
                .stream()
                .map(row -> row.getString(0))
                .sorted()
                .toList();
    }

    /** The rows that there must be: each image once, with the hash of what lies on the server. */
    List<String> expectedRows() {
        return images.keySet().stream()
                .map(id -> id + " ok " + Sha256.of(server.bytes(image(id))))
                .toList();
    }

    /** After a kill the lock's process is dead; in a test it is this one. */
    void letTheLocksProcessDie() {
        String held = server.text(key("_lock.json"));
        server.put(key("_lock.json"), held.replaceFirst("\"pid\" : \\d+", "\"pid\" : " + Integer.MAX_VALUE));
    }
}
