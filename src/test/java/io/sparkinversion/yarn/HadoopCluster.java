package io.sparkinversion.yarn;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.SafeModeAction;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.protocol.HdfsConstants.DatanodeReportType;
import org.apache.hadoop.yarn.api.records.NodeState;
import org.apache.hadoop.yarn.client.api.YarnClient;

/**
 * HDFS and YARN on the loopback: a NameNode, a DataNode, a ResourceManager and NodeManagers, each a process of its own
 * that can be killed. Their jars never share a class path with Spark's.
 */
final class HadoopCluster implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(6);
    private static final String MAIN = "org.apache.hadoop.";

    private final HadoopSites sites;
    private final Path libraries;
    private final Path hidden;
    private final Map<String, Process> processes = new LinkedHashMap<>();
    private final Configuration configuration;
    private final YarnClient yarn = YarnClient.createYarnClient();
    private int nodes;

    private HadoopCluster(Path folder, Path libraries, Path hidden) {
        this.sites = HadoopSites.of(folder);
        this.libraries = libraries;
        this.hidden = hidden;
        this.configuration = sites.client();
    }

    /**
     * Starts all of it.
     *
     * @param folder for its files
     * @param libraries the jars of Hadoop's servers
     * @param hidden a folder that containers do not see, where this process may hide one
     */
    static HadoopCluster start(Path folder, Path libraries, Path hidden) throws Exception {
        HadoopCluster cluster = new HadoopCluster(folder, libraries, hidden);
        // Should whoever started this end before it is closed.
        Runtime.getRuntime().addShutdownHook(new Thread(cluster::killAll, "end the cluster's processes"));
        try {
            cluster.sites.write();
            cluster.sites.fakeGpus();
            cluster.format();
            cluster.startNameNode();
            cluster.startDataNode();
            cluster.start(
                    "resource-manager", cluster.sites.conf(), MAIN + "yarn.server.resourcemanager.ResourceManager");
            cluster.yarn.init(cluster.configuration);
            cluster.yarn.start();
            cluster.addNode();
            return cluster;
        } catch (Exception e) {
            cluster.close();
            throw e;
        }
    }

    HadoopSites sites() {
        return sites;
    }

    YarnClient yarn() {
        return yarn;
    }

    FileSystem files() throws IOException {
        return FileSystem.get(configuration);
    }

    private void format() throws Exception {
        Process format =
                java("format", sites.conf(), MAIN + "hdfs.server.namenode.NameNode", "-format", "-nonInteractive");
        if (!format.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS) || format.exitValue() != 0) {
            throw new IllegalStateException("no file system; see " + log("format"));
        }
    }

    private void startNameNode() throws Exception {
        start("name-node", sites.conf(), MAIN + "hdfs.server.namenode.NameNode");
    }

    /** Also after one was killed. */
    void startDataNode() throws Exception {
        start("data-node", sites.conf(), MAIN + "hdfs.server.datanode.DataNode");
        await(
                "the DataNode",
                () -> files() instanceof DistributedFileSystem hdfs
                        && hdfs.getDataNodeStats(DatanodeReportType.LIVE).length == 1
                        && !hdfs.setSafeMode(SafeModeAction.GET));
    }

    void safeMode(boolean on) throws IOException {
        ((DistributedFileSystem) files()).setSafeMode(on ? SafeModeAction.ENTER : SafeModeAction.LEAVE);
    }

    /** Starts another NodeManager, which is another node though it is on the same machine; returns its name. */
    String addNode() throws Exception {
        String name = "node-manager-" + ++nodes;
        sites.write(name);
        startNode(name);
        return name;
    }

    /** Starts a NodeManager once more that was killed. */
    void startNode(String name) throws Exception {
        int before = yarn.getNodeReports(NodeState.RUNNING).size();
        boolean known = processes.containsKey(name);
        start(name, sites.conf(name), MAIN + "yarn.server.nodemanager.NodeManager");
        String registered = "Registered with ResourceManager as";
        await(
                name,
                () -> Files.readString(log(name)).contains(registered)
                        && (known || yarn.getNodeReports(NodeState.RUNNING).size() > before));
    }

    /** The name of the NodeManager that was started last. */
    String latestNode() {
        return "node-manager-" + nodes;
    }

    /** Kills a server with SIGKILL; what it has started lives on. */
    void kill(String name) throws InterruptedException {
        processes.get(name).destroyForcibly().waitFor();
    }

    /** A node fails: its NodeManager and all that runs in its containers. */
    void loseNode(String name) throws InterruptedException {
        kill(name);
        containers(sites.folder().resolve(name) + "/").forEach(ProcessHandle::destroyForcibly);
    }

    /** Processes in whose command line a text stands, such as the id of a container. */
    List<ProcessHandle> containers(String text) {
        return ProcessHandle.allProcesses()
                .filter(process -> commandLine(process).contains(text))
                .filter(process -> processes.values().stream().noneMatch(server -> server.pid() == process.pid()))
                .toList();
    }

    /** That of Java leaves out long ones. */
    static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"))
                    .replace('\0', ' ');
        } catch (IOException e) {
            return "";
        }
    }

    private void start(String name, Path conf, String main) throws IOException {
        processes.put(name, java(name, conf, main));
    }

    private Process java(String name, Path conf, String main, String... words) throws IOException {
        List<String> command = new ArrayList<>();
        if (name.startsWith("node-manager") && Hiding.POSSIBLE) {
            command.addAll(Hiding.of(hidden, hosts(name), name));
        }
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "--add-opens=java.base/java.util=ALL-UNNAMED",
                "-Xmx384m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                conf + ":" + libraries + "/*",
                main));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.to(log(name).toFile()));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("HADOOP_CONF_DIR", sites.conf().toString());
        return builder.start();
    }

    private Path hosts(String name) throws IOException {
        return Files.writeString(
                sites.folder().resolve(name + ".hosts"), "127.0.0.1 localhost\n127.0.0.1 " + name + "\n");
    }

    Path log(String name) {
        return sites.folder().resolve(name + ".log");
    }

    /** What all containers have printed. */
    String containerLogs() throws IOException {
        return String.join("\n", containerLogs(""));
    }

    /** What containers of an application have printed, each to standard output and error. */
    List<String> containerLogs(String application) throws IOException {
        List<String> all = new ArrayList<>();
        for (int i = 1; i <= nodes; i++) {
            Path logs = sites.folder().resolve("node-manager-" + i + "/logs");
            try (Stream<Path> files = Files.walk(logs)) {
                files.filter(file -> file.getFileName().toString().startsWith("std"))
                        .filter(file -> file.toString().contains(application))
                        .map(HadoopCluster::text)
                        .forEach(all::add);
            }
        }
        return all;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }

    void await(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!holds(condition)) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("waited in vain for " + what + "; the logs are in " + sites.folder());
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    /** A server that does not answer yet is not there yet. */
    private static boolean holds(Callable<Boolean> condition) throws InterruptedException {
        try {
            return condition.call();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            return false;
        }
    }

    private void killAll() {
        Stream.concat(processes.values().stream().map(Process::toHandle), containers(sites.folder() + "/").stream())
                .forEach(ProcessHandle::destroyForcibly);
    }

    @Override
    public void close() {
        killAll();
        // Those that were being started meanwhile.
        containers(sites.folder() + "/").forEach(ProcessHandle::destroyForcibly);
        yarn.stop();
        try {
            FileSystem.closeAll();
        } catch (IOException e) {
            // Its server was killed.
        }
    }
}
