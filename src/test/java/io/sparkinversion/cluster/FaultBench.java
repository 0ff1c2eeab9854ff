package io.sparkinversion.cluster;

import io.sparkinversion.job.FaultyFileSystem;
import io.sparkinversion.job.RunSummary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.spark.sql.SparkSession;

/**
 * Where faults are tried: a standalone cluster of two workers, a driver in this process with an executor of two GPUs on
 * each of them, an S3 server, and a disk and executors with one {@link Trap} for all.
 */
final class FaultBench implements AutoCloseable {
    static final int WORKERS = 2;
    static final int GPUS_OF_AN_EXECUTOR = 2;

    /** Beside the driver's executors there is room for their replacements, and for those of another driver. */
    static final int GPUS_OF_A_WORKER = 2 * GPUS_OF_AN_EXECUTOR;

    /** The shortest that Hadoop's client takes. */
    static final Duration S3_TIMEOUT = Duration.ofSeconds(15);

    /** As long as no cell is to take. */
    static final Duration PATIENT = Duration.ofMinutes(5);

    private final Path folder;
    private final StandaloneCluster cluster;
    private final S3Server s3;
    private final SparkSession spark;
    private final ExecutorExits exits = new ExecutorExits();
    private final Trap trap;
    private final Path dataset;

    /** @param folder an empty one */
    FaultBench(Path folder) {
        this.folder = folder;
        this.trap = new Trap(folder.resolve("trap"));
        this.trap.remove();
        this.dataset = FaultRun.dataset(folder.resolve("data"));
        try {
            this.s3 = S3Server.start(Files.createDirectories(folder.resolve("s3")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.cluster = StandaloneCluster.start(folder, WORKERS, GPUS_OF_A_WORKER);
        this.spark = cluster.session(settings(WORKERS));
        this.spark.sparkContext().addSparkListener(exits);
    }

    /** What a driver is told that is to have so many executors. */
    Map<String, String> settings(int executors) {
        Map<String, String> settings = new LinkedHashMap<>(cluster.settings(GPUS_OF_AN_EXECUTOR));
        settings.put("spark.executor.extraJavaOptions", String.join(" ", StandaloneCluster.SHORT_LIVED));
        settings.put("spark.scheduler.mode", "FAIR");
        // As the tests' other session: for tables of a few rows, compiling code takes longer than running it.
        settings.put("spark.sql.codegen.wholeStage", "false");
        settings.put("spark.sql.codegen.factoryMode", "NO_CODEGEN");
        // Of an executor that is gone nothing will be had, however long one waits.
        settings.put("spark.shuffle.io.maxRetries", "1");
        settings.put("spark.shuffle.io.retryWait", "100ms");
        settings.put("spark.cores.max", Integer.toString(executors * GPUS_OF_AN_EXECUTOR));
        settings.put("spark.hadoop.fs.faulty.impl", FaultyFileSystem.class.getName());
        settings.put("spark.hadoop." + FaultyFileSystem.TRAP, trap.folder().toString());
        settings.putAll(S3Settings.shipped());
        s3.settings().forEach((name, value) -> settings.put("spark.hadoop." + name, value));
        Map.of(
                        "retry.interval", "1ms",
                        "retry.throttle.interval", "1ms",
                        "attempts.maximum", "0",
                        "connection.timeout", S3_TIMEOUT.toSeconds() + "s")
                .forEach((name, value) -> settings.put("spark.hadoop." + s3.setting(name), value));
        return settings;
    }

    StandaloneCluster cluster() {
        return cluster;
    }

    S3Server s3() {
        return s3;
    }

    SparkSession spark() {
        return spark;
    }

    ExecutorExits exits() {
        return exits;
    }

    Trap trap() {
        return trap;
    }

    /** The folder of S3's buckets. */
    Path bucket() {
        return folder.resolve("s3");
    }

    /** Brings workers back that were lost. */
    void restoreWorkers() {
        int missing = WORKERS - cluster.workers().size();
        if (missing > 0) {
            cluster.addWorkers(missing);
        }
    }

    /** Images that no cell may harm. */
    Path dataset() {
        return dataset;
    }

    /** A folder of a cell's own. */
    Path folder(FaultCell cell) {
        return folder.resolve(cell.kind() + "-" + cell.point());
    }

    /** A run of a cell without a model, onto the disk that has the trap. */
    FaultRun run(FaultCell cell) {
        return new FaultRun(dataset.toString(), "faulty:" + folder(cell), "no model", cell.toString());
    }

    TrapHook hook() {
        return new TrapHook(trap.folder().toString(), GPUS_OF_A_WORKER, false);
    }

    RunSummary compute(FaultRun run) {
        return run.run(spark, hook(), PATIENT);
    }

    /** Sets the trap at a point. */
    void set(FaultPoint point, TrapAct act, int times) {
        set(point.place(), point.subject(), act, times, "");
    }

    /** See {@link Trap.Setting}. */
    void set(String place, String subject, TrapAct act, int times, String file) {
        trap.set(new Trap.Setting(
                trap.folder(),
                place,
                Pattern.compile(subject),
                act,
                times,
                cluster.workers().stream().map(Process::pid).toList(),
                file));
    }

    @Override
    public void close() throws IOException {
        spark.stop();
        cluster.close();
        s3.close();
    }
}
