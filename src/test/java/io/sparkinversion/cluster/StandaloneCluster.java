package io.sparkinversion.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkinversion.job.SparkTestSession;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/**
 * Spark's standalone master and its workers, each a process of its own on the loopback, started from the class path: no
 * distribution is needed. Each worker announces GPUs by a discovery script that names made-up addresses.
 */
final class StandaloneCluster implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(2);

    /** The processes live for seconds: what a compiler or a collector would win later is lost at once. */
    static final List<String> SHORT_LIVED = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private final Path folder;
    private final int gpus;
    private final int port = freePort();
    private final int webPort = freePort();
    private final Process master;
    private final List<Process> workers = new CopyOnWriteArrayList<>();

    private StandaloneCluster(Path folder, int gpus) {
        this.folder = folder;
        this.gpus = gpus;
        this.master = start(
                "master",
                // Executors may die as often as they like.
                List.of("-Dspark.deploy.maxExecutorRetries=-1"),
                List.of(
                        "org.apache.spark.deploy.master.Master",
                        "--host",
                        "127.0.0.1",
                        "--port",
                        Integer.toString(port),
                        "--webui-port",
                        Integer.toString(webPort)));
        // Should whoever started this end before it is closed.
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "end the cluster's processes"));
    }

    /**
     * @param folder for logs and work files
     * @param gpus of each worker, with a core each
     */
    static StandaloneCluster start(Path folder, int workers, int gpus) {
        StandaloneCluster cluster = new StandaloneCluster(folder, gpus);
        try {
            // A worker that finds no master tries again seconds later.
            cluster.await("the master", () -> cluster.state().isPresent());
            cluster.addWorkers(workers);
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    /** Starts workers and waits until the master knows them. */
    void addWorkers(int count) {
        int known = aliveWorkers();
        for (int i = 0; i < count; i++) {
            startWorker("worker-" + workers.size());
        }
        await("workers to register", () -> aliveWorkers() >= known + count);
    }

    /** Starts a worker and does not wait for it. */
    void addWorker() {
        startWorker("worker-" + workers.size());
    }

    private void startWorker(String name) {
        workers.add(start(
                name,
                List.of(
                        // Executors that are killed leave their blocks behind.
                        "-Dspark.local.dir=" + folder.resolve("local"),
                        "-Dspark.worker.resource.gpu.amount=" + gpus,
                        "-Dspark.worker.resource.gpu.discoveryScript=" + discoveryScript()),
                List.of(
                        "org.apache.spark.deploy.worker.Worker",
                        "--host",
                        "127.0.0.1",
                        "--webui-port",
                        "0",
                        "--cores",
                        Integer.toString(gpus),
                        "--memory",
                        "4g",
                        "--work-dir",
                        folder.resolve(name).toString(),
                        address())));
    }

    private Path discoveryScript() {
        String addresses =
                IntStream.range(0, gpus).mapToObj(i -> "\"" + i + "\"").collect(Collectors.joining(","));
        try {
            Path script = folder.resolve("gpus.sh");
            Files.writeString(script, "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [" + addresses + "]}'\n");
            return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process start(String name, List<String> properties, List<String> words) {
        List<String> small =
                Stream.concat(Stream.of("-Xmx256m"), properties.stream()).toList();
        return start(folder.resolve(name + ".log"), small, words);
    }

    /**
     * Starts a Java process that has the tests' class path and knows where Spark is at home.
     *
     * @param log takes all that it prints
     * @param options of the JVM
     * @param words main class and arguments
     */
    Process start(Path log, List<String> options, List<String> words) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + Path.of("conf/java-options").toAbsolutePath()));
        command.addAll(SHORT_LIVED);
        command.addAll(options);
        command.addAll(List.of("-cp", classPath()));
        command.addAll(words);
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        try {
            // Spark looks for a folder of jars where it is at home; the class path has them all.
            Path home = folder.resolve("spark-home");
            Files.createDirectories(home.resolve("jars"));
            builder.environment()
                    .putAll(Map.of(
                            "SPARK_HOME",
                            home.toString(),
                            "SPARK_SCALA_VERSION",
                            "2.13",
                            "SPARK_LOCAL_IP",
                            "127.0.0.1"));
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The tests' class path, which may name folders relative to here; processes of the cluster run elsewhere. */
    static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** As {@code --master} takes it. */
    String address() {
        return "spark://127.0.0.1:" + port;
    }

    /**
     * What a driver needs to know of the cluster, beside its address: one task a GPU.
     *
     * @param gpusOfAnExecutor each worker has room for its GPUs divided by this many executors
     */
    Map<String, String> settings(int gpusOfAnExecutor) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("spark.executor.extraClassPath", classPath());
        settings.put("spark.executor.memory", "700m");
        settings.put("spark.executor.cores", Integer.toString(gpusOfAnExecutor));
        settings.put("spark.executor.resource.gpu.amount", Integer.toString(gpusOfAnExecutor));
        settings.put("spark.task.resource.gpu.amount", "1");
        settings.put("spark.executorEnv.OMP_WAIT_POLICY", "passive");
        settings.put("spark.executorEnv.DJL_OFFLINE", "true");
        settings.put("spark.driver.host", "127.0.0.1");
        settings.put("spark.driver.bindAddress", "127.0.0.1");
        settings.put("spark.ui.enabled", "false");
        settings.put("spark.log.level", "ERROR");
        settings.put("spark.locality.wait", "0s");
        settings.put("spark.sql.shuffle.partitions", "2");
        return settings;
    }

    /** A driver in this process; the tests' shared session makes way until it is asked for again. */
    SparkSession session(Map<String, String> settings) {
        SparkTestSession.makeWay();
        SparkSession.Builder builder = SparkSession.builder().master(address()).appName("a cluster's tests");
        settings.forEach(builder::config);
        return builder.getOrCreate();
    }

    /** Executors that run, of all drivers. */
    List<ProcessHandle> executors() {
        return workers.stream().flatMap(worker -> worker.toHandle().children()).toList();
    }

    /** Those workers that run. */
    List<Process> workers() {
        return workers.stream().filter(Process::isAlive).toList();
    }

    int aliveWorkers() {
        return state().map(state -> state.path("aliveworkers").asInt()).orElse(0);
    }

    /** What the master says of itself; empty until it says anything. */
    private Optional<JsonNode> state() {
        URI address = URI.create("http://127.0.0.1:" + webPort + "/json/");
        try (InputStream answer = address.toURL().openStream()) {
            return Optional.of(new ObjectMapper().readTree(answer));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private void await(String what, BooleanSupplier condition) {
        boolean over = Polling.holdsWithin(START, () -> condition.getAsBoolean() || !master.isAlive());
        if (!over || !master.isAlive()) {
            throw new IllegalStateException("waited in vain for " + what + "; the logs are in " + folder);
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        List<ProcessHandle> handles = Stream.concat(Stream.of(master), workers.stream())
                .map(Process::toHandle)
                .flatMap(process -> Stream.concat(process.descendants(), Stream.of(process)))
                .toList();
        handles.forEach(ProcessHandle::destroyForcibly);
        handles.forEach(handle -> handle.onExit().join());
    }
}
