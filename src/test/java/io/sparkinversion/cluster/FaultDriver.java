package io.sparkinversion.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.spark.sql.SparkSession;

/** A driver in a process of its own, so that it can be killed. */
final class FaultDriver {
    private FaultDriver() {}

    /** Starts one with one executor. */
    static Process start(FaultBench bench, FaultRun run, Path log) {
        try {
            Properties settings = new Properties();
            settings.putAll(bench.settings(1));
            Path file = log.resolveSibling("driver.properties");
            try (Writer out = Files.newBufferedWriter(file)) {
                settings.store(out, "what the driver is told");
            }
            return bench.cluster()
                    .start(
                            log,
                            List.of("-Xmx1g"),
                            List.of(
                                    FaultDriver.class.getName(),
                                    bench.cluster().address(),
                                    file.toString(),
                                    bench.trap().folder().toString(),
                                    run.dataset(),
                                    run.output(),
                                    run.model(),
                                    run.name()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param words the master, the file of settings, the trap's folder, and what the run is told */
    public static void main(String[] words) throws IOException {
        Path trap = Path.of(words[2]);
        Files.writeString(
                trap.resolve(TrapAct.DRIVER),
                Long.toString(ProcessHandle.current().pid()));
        Properties settings = new Properties();
        try (var in = Files.newBufferedReader(Path.of(words[1]))) {
            settings.load(in);
        }
        SparkSession.Builder builder = SparkSession.builder().master(words[0]).appName("a driver that will be killed");
        for (Map.Entry<Object, Object> each : settings.entrySet()) {
            builder.config(each.getKey().toString(), each.getValue().toString());
        }
        FaultRun run = new FaultRun(words[3], words[4], words[5], words[6]);
        try (SparkSession spark = builder.getOrCreate()) {
            run.run(spark, new TrapHook(trap.toString(), FaultBench.GPUS_OF_A_WORKER, false), FaultBench.PATIENT);
        }
    }
}
