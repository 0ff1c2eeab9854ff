package io.sparkinversion.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * Where a soak runs: a standalone cluster of two workers, each with room for both executors, an S3 server that has the
 * dataset and gets the output, and a driver that is a process of its own.
 */
final class SoakBench implements AutoCloseable {
    static final int WORKERS = 2;

    /** Two tasks share a GPU, as in {@code conf/}. */
    private static final int TASKS_A_GPU = 2;

    private static final int GPUS_OF_A_WORKER = SoakSettings.EXECUTORS * TASKS_A_GPU;
    private static final String DATASET = "soak/data";
    private static final String OUTPUT = "soak/out";
    private static final int SAMPLES = 100;

    private final Path folder;
    private final SoakSettings settings;
    private final StandaloneCluster cluster;
    private final S3Server s3;
    private final Path traps;
    private final Path work;
    private final Path buffers;

    /** @param folder an empty one */
    SoakBench(Path folder, SoakSettings settings) {
        this.folder = folder;
        this.settings = settings;
        this.traps = folder.resolve("traps");
        SoakHook.KINDS.forEach(kind -> trap(kind).remove());
        try {
            this.work = Files.createDirectories(folder.resolve("work"));
            this.buffers = Files.createDirectories(folder.resolve("s3a"));
            this.s3 = S3Server.start(Files.createDirectories(folder.resolve("s3")));
            uploadDataset();
            this.cluster = StandaloneCluster.start(folder, WORKERS, GPUS_OF_A_WORKER);
            writeDriverSettings();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Each sample picture several times, under ids and captions of its own. */
    private void uploadDataset() throws IOException {
        StringBuilder captions = new StringBuilder("id,path,caption\n");
        for (int i = 0; i < settings.images(); i++) {
            String sample = "images/%03d.png".formatted(i % SAMPLES);
            if (i < SAMPLES) {
                s3.put(DATASET + "/" + sample, Files.readAllBytes(S3Run.SAMPLES.resolve(sample)));
            }
            captions.append("%s,%s,%s%n".formatted(id(i), sample, caption(id(i))));
        }
        s3.put(DATASET + "/captions.csv", captions.toString());
    }

    static String id(int number) {
        return "i%05d".formatted(number);
    }

    static String caption(String id) {
        return "image " + id;
    }

    private void writeDriverSettings() throws IOException {
        Map<String, String> all = new LinkedHashMap<>(cluster.settings(1));
        all.put("spark.master", cluster.address());
        all.put("spark.app.name", "a soak");
        all.put("spark.executor.cores", Integer.toString(TASKS_A_GPU));
        all.put("spark.task.resource.gpu.amount", Double.toString(1.0 / TASKS_A_GPU));
        all.put("spark.cores.max", Integer.toString(SoakSettings.EXECUTORS * TASKS_A_GPU));
        all.put("spark.default.parallelism", Integer.toString(SoakSettings.EXECUTORS * TASKS_A_GPU));
        all.put("spark.executor.extraJavaOptions", String.join(" ", StandaloneCluster.SHORT_LIVED) + " " + mark());
        all.put("spark.scheduler.mode", "FAIR");
        all.put("spark.sql.codegen.wholeStage", "false");
        all.put("spark.sql.codegen.factoryMode", "NO_CODEGEN");
        // Of an executor that is gone nothing will be had, however long one waits.
        all.put("spark.shuffle.io.maxRetries", "1");
        all.put("spark.shuffle.io.retryWait", "100ms");
        all.put("spark.local.dir", folder.resolve("local").toString());
        all.putAll(S3Settings.shipped());
        s3.settings().forEach((name, value) -> all.put("spark.hadoop." + name, value));
        all.put("spark.hadoop.fs.s3a.buffer.dir", buffers.toString());
        all.put("spark.hadoop." + s3.setting("connection.timeout"), FaultBench.S3_TIMEOUT.toSeconds() + "s");
        Properties properties = new Properties();
        properties.putAll(all);
        try (Writer out = Files.newBufferedWriter(driverSettings())) {
            properties.store(out, "what the driver is told");
        }
    }

    private Path driverSettings() {
        return folder.resolve("driver.properties");
    }

    /** Tells the processes of this soak from all others. */
    private String mark() {
        return "-Dsoak=" + folder;
    }

    /** The command, in a process of its own. */
    Process startDriver(Path log) {
        return cluster.start(
                log,
                List.of("-Xmx700m", mark()),
                List.of(
                        SoakDriver.class.getName(),
                        driverSettings().toString(),
                        traps.toString(),
                        work.toString(),
                        Integer.toString(GPUS_OF_A_WORKER),
                        settings.evaluation().toString(),
                        s3.address(DATASET),
                        s3.address(OUTPUT)));
    }

    StandaloneCluster cluster() {
        return cluster;
    }

    S3Server s3() {
        return s3;
    }

    /** The trap of a kind of fault that waits for work. */
    Trap trap(FaultKind kind) {
        return SoakHook.trap(traps, kind);
    }

    /** Where S3's client keeps what it is about to upload. */
    Path buffers() {
        return buffers;
    }

    /** A folder for logs. */
    Path folder() {
        return folder;
    }

    /** The bucket is a folder of this machine. */
    Path output() {
        return folder.resolve("s3").resolve(s3.address(OUTPUT).replaceFirst("s3a://", ""));
    }

    /** The keys of the output's objects, as seen from there. */
    List<String> outputKeys() {
        return s3.keys(OUTPUT + "/").stream()
                .map(key -> key.substring(OUTPUT.length() + 1))
                .toList();
    }

    /** Evaluations of the UNet, of one image each, that were begun. */
    long workDone() throws IOException {
        return SoakHook.workDone(work);
    }

    /** Drivers and executors of this soak that run, whoever their parents are. */
    List<Long> processes() {
        return ProcessHandle.allProcesses()
                .map(ProcessHandle::pid)
                .filter(this::isOurs)
                .toList();
    }

    private boolean isOurs(long pid) {
        try (Stream<String> words = Stream.of(Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"))
                .split("\0"))) {
            return words.anyMatch(mark()::equals);
        } catch (IOException e) {
            // It has ended.
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        cluster.close();
        s3.close();
    }
}
