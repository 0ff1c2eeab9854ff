package io.sparkinversion.yarn;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.cli.Tables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.ApplicationReport;

/** A cluster, the project, and sample images on HDFS; runs of the embedded model over them. */
final class YarnBench implements AutoCloseable {
    static final int IMAGES = 8;
    private static final int WAVE = 1;
    private static final int MINUTES = 10;

    private final Path folder;
    private final HadoopCluster cluster;
    private final ProjectCopy project;

    YarnBench(Path folder, Path libraries) throws Exception {
        this.folder = folder;
        this.project = ProjectCopy.into(folder.resolve("home"));
        this.cluster = HadoopCluster.start(folder.resolve("cluster"), libraries, project.home());
        FileSystem files = cluster.files();
        files.copyFromLocalFile(hadoop(dataset()), new org.apache.hadoop.fs.Path("/data"));
    }

    private static org.apache.hadoop.fs.Path hadoop(Path path) {
        return new org.apache.hadoop.fs.Path(path.toUri());
    }

    private Path dataset() throws IOException {
        Path data = Files.createDirectories(folder.resolve("data/images")).getParent();
        StringBuilder captions = new StringBuilder("id,path,caption\n");
        for (int i = 0; i < IMAGES; i++) {
            Files.copy(Path.of("data-samples/images/%03d.png".formatted(i)), data.resolve("images/i" + i + ".png"));
            captions.append("i%1$d,images/i%1$d.png,image %1$d%n".formatted(i));
        }
        Files.writeString(data.resolve("captions.csv"), captions);
        return data;
    }

    HadoopCluster cluster() {
        return cluster;
    }

    ProjectCopy project() {
        return project;
    }

    /** GPUs that tasks of the run's executors were given, one entry an executor. */
    List<String> gpusOfExecutors(Run run) throws Exception {
        Pattern asked = Pattern.compile("GPU (\\d+) was requested, but libtorch sees 0");
        List<String> all = new ArrayList<>();
        for (String log : cluster.containerLogs(run.application().toString())) {
            String gpus = asked.matcher(log)
                    .results()
                    .map(found -> found.group(1))
                    .distinct()
                    .sorted()
                    .collect(Collectors.joining(","));
            if (!gpus.isEmpty()) {
                all.add(gpus);
            }
        }
        return all;
    }

    /** A run into {@code /runs/NAME}, with one executor. */
    Run run(String name, String deployMode) {
        return new Run(name, deployMode);
    }

    /** A command that is tried, and may be tried again. */
    final class Run {
        private final String name;
        private final List<String> options = new ArrayList<>();
        private final List<String> words = new ArrayList<>();
        private String dataset = "hdfs:///data";
        private String device = "cpu";
        private int tries;
        private Process process;

        private Run(String name, String deployMode) {
            this.name = name;
            options.addAll(List.of("--master", "yarn", "--deploy-mode", deployMode, "--name", name));
            with("spark.executor.instances=1");
            with("spark.executor.memory=700m", "spark.executor.memoryOverhead=900m", "spark.executor.cores=1");
            with("spark.yarn.am.memory=400m", "spark.driver.memory=700m");
            with("spark.executor.extraJavaOptions=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
            with("spark.sql.shuffle.partitions=2", "spark.ui.enabled=false");
            words.addAll(List.of("invert", "--output", output()));
        }

        /** The run's settings where nothing is to be said of them: a wave an image. */
        Run inWaves(int steps) {
            return words("--steps", Integer.toString(steps), "--wave-size", "" + WAVE, "--batch-size", "1");
        }

        Run with(String... settings) {
            for (String setting : settings) {
                options.addAll(List.of("--conf", setting));
            }
            return this;
        }

        Run options(String... more) {
            options.addAll(List.of(more));
            return this;
        }

        Run dataset(String address) {
            dataset = address;
            return this;
        }

        Run device(String wanted) {
            device = wanted;
            return this;
        }

        Run words(String... more) {
            words.addAll(List.of(more));
            return this;
        }

        String output() {
            return "hdfs:///runs/" + name;
        }

        Run start() {
            List<String> all = new ArrayList<>(options);
            all.add("--");
            all.addAll(words);
            all.addAll(List.of("--dataset", dataset, "--device", device));
            tries++;
            process = project.submit(cluster.sites().conf(), log(), all);
            return this;
        }

        private Path log() {
            return folder.resolve(name + "-" + tries + ".log");
        }

        String printed() {
            try {
                return Files.readString(log());
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        int exitCode() throws InterruptedException {
            if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
                throw new AssertionError("did not end by itself: " + printed());
            }
            return process.exitValue();
        }

        boolean isRunning() {
            return process.isAlive();
        }

        /** Waits until so many waves are committed, and the run goes on. */
        Run awaitWaves(int count) throws Exception {
            cluster.await(count + " waves of " + name, () -> waves() >= count || !isRunning());
            assertThat(isRunning()).as("in mid-run: " + printed()).isTrue();
            assertThat(waves()).as("in mid-run").isLessThan(IMAGES / WAVE);
            return this;
        }

        int waves() throws IOException {
            var waves =
                    cluster.files().globStatus(new org.apache.hadoop.fs.Path("/runs/" + name + "/metrics/*/_SUCCESS"));
            return waves == null ? 0 : waves.length;
        }

        Run finished() throws InterruptedException {
            assertThat(exitCode()).as(printed()).isZero();
            return this;
        }

        /** Waits for the end; where it is not good, gives the same command again, which must be enough. */
        String recover() throws Exception {
            boolean byItself = exitCode() == 0;
            int attempts = attempts();
            if (!byItself) {
                System.out.println(String.join("\n", errors()));
                assertThat(errors()).as(printed()).hasSize(1);
                start().finished();
            }
            assertComplete();
            String driver = attempts > 1 ? "by itself, in attempt " + attempts : "by itself";
            return byItself ? driver : "by the same command";
        }

        /** The command's own lines of what went wrong. */
        List<String> errors() {
            return printed().lines().filter(line -> line.startsWith("error: ")).toList();
        }

        /** The latest application; there is one at a time. */
        ApplicationId application() throws Exception {
            return cluster.yarn().getApplications().stream()
                    .map(ApplicationReport::getApplicationId)
                    .max(ApplicationId::compareTo)
                    .orElseThrow();
        }

        /** How often YARN has tried to run the latest application's master. */
        int attempts() throws Exception {
            return cluster.yarn().getApplicationAttempts(application()).size();
        }

        List<ProcessHandle> applicationMasters() throws Exception {
            String id = application().toString().replace("application", "container");
            return cluster.containers(id).stream()
                    .filter(
                            process -> HadoopCluster.commandLine(process)
                                    .matches(
                                            "(?s)\\S*java .*org.apache.spark.deploy.yarn.(ApplicationMaster|ExecutorLauncher).*"))
                    .toList();
        }

        void assertComplete() throws Exception {
            Path copy = folder.resolve("copy-of-" + name + "-" + tries);
            cluster.files().copyToLocalFile(new org.apache.hadoop.fs.Path(output()), hadoop(copy));
            List<String> expected = Stream.iterate(0, i -> i < IMAGES, i -> i + 1)
                    .map(i -> "i" + i + " ok")
                    .toList();
            Tables tables = new Tables(copy);
            assertThat(tables.query(
                            "select concat_ws(' ', image_id, status) from metrics order by 1", row -> row.getString(1)))
                    .isEqualTo(expected);
            for (String table : List.of("images", "latents")) {
                assertThat(tables.query(
                                "select concat_ws(' ', image_id, 'ok') from " + table + " order by 1",
                                row -> row.getString(1)))
                        .as(table)
                        .isEqualTo(expected);
            }
            assertThat(cluster.files().globStatus(new org.apache.hadoop.fs.Path("/runs/" + name + "/_*")))
                    .as("left over")
                    .filteredOn(file -> !file.getPath().getName().matches("_run.json|_finished.json"))
                    .isEmpty();
        }
    }

    @Override
    public void close() {
        cluster.close();
    }
}
