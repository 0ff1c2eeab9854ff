package io.sparkinversion.yarn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Runs on YARN with all data on HDFS, as {@code jobs/submit} starts them; nodes see only what travels. */
@Tag("slow")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class YarnIT {
    private static final Path LIBRARIES = Path.of("target/hadoop-libs").toAbsolutePath();

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private static Path folder;

    private static YarnBench bench;

    @BeforeAll
    static void start() throws Exception {
        assumeThat(Files.isDirectory(LIBRARIES))
                .as("Hadoop's servers are fetched by -Pyarn")
                .isTrue();
        assumeThat(ProjectCopy.isComplete()).as("libraries in target/").isTrue();
        bench = new YarnBench(folder, LIBRARIES);
    }

    @AfterAll
    static void stop() {
        if (bench != null) {
            bench.close();
        }
    }

    @Test
    void clientMode() throws Exception {
        var run = bench.run("client", "client").words("--steps", "2").start();

        assertThat(run.exitCode()).as(run.printed()).isZero();
        run.assertComplete();
        System.out.println(run.printed());
    }

    @Test
    void clusterMode() throws Exception {
        var run = bench.run("cluster", "cluster").words("--steps", "2").start();

        assertThat(run.exitCode()).as(run.printed()).isZero();
        run.assertComplete();
        System.out.println(run.printed());
    }
}
