package io.sparkinversion.yarn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sparkinversion.yarn.YarnBench.Run;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs on YARN with all data on HDFS, as {@code jobs/submit} starts them; nodes see only what travels. Whatever fails of
 * the cluster, every image is in the tables once, of itself or by the same command. All of it comes of
 * {@code mvn -B -ntp test -Pyarn -Dtest=YarnIT}.
 */
@Tag("slow")
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class YarnIT {
    private static final Path LIBRARIES = Path.of("target/hadoop-libs").toAbsolutePath();
    private static final YarnCells CELLS = new YarnCells();

    /** A wave lasts for some seconds. */
    private static final int LONG = 12;

    private static final int SHORT = 2;

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
    static void stop() throws Exception {
        if (bench != null) {
            bench.close();
            CELLS.publish();
        }
    }

    @Test
    void none() throws Exception {
        List<Boolean> uploads = new ArrayList<>();
        for (String mode : List.of("client", "cluster")) {
            CELLS.run("none", mode, () -> {
                Run run = bench.run("none-" + mode, mode).inWaves(SHORT).start().finished();
                run.assertComplete();
                uploads.add(run.printed().contains("uploading"));
                return "computed";
            });
        }
        assertThat(uploads.get(1)).as("libraries and models are there").isFalse();
        assertThat(bench.cluster().containerLogs())
                .as("conf/log4j2.properties counts in containers")
                .doesNotContain(" INFO ");
    }

    @Test
    void anErrorOfTheUserIsOneLineAndNotTriedAgain() throws Exception {
        Run run = bench.run("nothing", "cluster").dataset("hdfs:///nothing").start();

        assertThat(run.exitCode()).as(run.printed()).isEqualTo(2);
        assertThat(run.errors()).singleElement().asString().endsWith("/nothing does not exist");
        assertThat(run.printed()).doesNotContain("\tat ");
        assertThat(bench.cluster().containerLogs(run.application().toString()))
                .as("the command's own line, once")
                .filteredOn(log -> log.lines().anyMatch(line -> line.startsWith("error: ")))
                .hasSize(1);
    }

    @Test
    void whatYarnDoesNotTakeIsOneLine() throws Exception {
        Run run = bench.run("large", "cluster")
                .with("spark.executor.memory=900g")
                .inWaves(SHORT)
                .start();

        assertThat(run.exitCode()).as(run.printed()).isEqualTo(2);
        assertThat(run.errors()).singleElement().asString().contains("YARN does not take the application");
        assertThat(run.printed()).doesNotContain("\tat ");
    }

    @Test
    void pathsOfThisMachineAreRefused() throws Exception {
        String dataset = bench.project().home().resolve("data-samples").toString();

        Run refused = bench.run("local", "cluster").dataset(dataset).start();
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.errors()).singleElement().asString().contains("is a path of this machine");

        assumeThat(Hiding.POSSIBLE).as("needs root").isTrue();
        Run client = bench.run("unseen", "client").dataset("file://" + dataset).start();
        assertThat(client.exitCode()).as(client.printed()).isEqualTo(2);
        assertThat(client.errors())
                .singleElement()
                .asString()
                .contains("the dataset " + dataset + " is on the driver's machine, but the executor on node-manager-");
    }

    @Test
    void executorsHaveTheGpusThatYarnGaveThem() throws Exception {
        Run run = bench.run("gpus", "client")
                .options(
                        "--properties-file",
                        bench.project().home().resolve("conf/spark-yarn.conf").toString())
                .with("spark.executor.instances=2", "spark.executor.cores=2", "spark.task.maxFailures=1")
                .with("spark.executorEnv.PATH=" + bench.cluster().sites().fakeGpus() + ":/usr/bin:/bin")
                .device("gpu")
                .words("--partitions", "4")
                .inWaves(SHORT)
                .start();

        // libtorch looks for the GPU, which is made up.
        assertThat(run.exitCode()).as(run.printed()).isEqualTo(2);
        assertThat(run.printed()).contains("warning: YARN does not isolate GPUs (DefaultContainerExecutor");
        assertThat(bench.gpusOfExecutors(run)).containsExactlyInAnyOrder("0", "1");
    }

    @Test
    void dataNodeKilled() throws Exception {
        CELLS.run("DataNode killed -9, back 20 s later", "client", () -> {
            Run run = bench.run("data-node", "client").inWaves(LONG).start().awaitWaves(1);
            bench.cluster().kill("data-node");
            TimeUnit.SECONDS.sleep(20);
            bench.cluster().startDataNode();
            return run.recover();
        });
    }

    @Test
    void nameNodeInSafeMode() throws Exception {
        CELLS.run("NameNode in safe mode for 20 s", "client", () -> {
            Run run = bench.run("safe-mode", "client").inWaves(LONG).start().awaitWaves(1);
            bench.cluster().safeMode(true);
            TimeUnit.SECONDS.sleep(20);
            bench.cluster().safeMode(false);
            return run.recover();
        });
    }

    @Test
    void nodeManagerRestarted() throws Exception {
        CELLS.run("NodeManager killed -9 and restarted", "client", () -> {
            Run run = bench.run("restarted", "client").inWaves(LONG).start().awaitWaves(1);
            bench.cluster().kill(bench.cluster().latestNode());
            bench.cluster().startNode(bench.cluster().latestNode());
            return run.recover();
        });
    }

    @Test
    void applicationMasterKilled() throws Exception {
        CELLS.run("application master killed -9 alone", "cluster", () -> {
            Run run = bench.run("master", "cluster").inWaves(LONG).start().awaitWaves(1);
            run.applicationMasters().forEach(ProcessHandle::destroyForcibly);
            return run.recover();
        });
    }

    @Test
    void nodeLost() throws Exception {
        CELLS.run("node lost for good, another joins", "cluster", () -> {
            Run run = bench.run("node", "cluster").inWaves(LONG).start().awaitWaves(1);
            bench.cluster().loseNode(bench.cluster().latestNode());
            bench.cluster().addNode();
            return run.recover();
        });
    }
}
