package io.sparkinversion.yarn;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/**
 * The files of {@code HADOOP_CONF_DIR} of a cluster on the loopback, and those of each of its NodeManagers.
 *
 * @param folder of the cluster
 * @param nameNode its port
 * @param resourceManager its ports: for clients, schedulers, NodeManagers and administrators
 */
record HadoopSites(Path folder, int nameNode, int[] resourceManager) {
    /** A node that is silent for so long is lost. */
    static final Duration NODE_LOST = Duration.ofSeconds(15);

    /** GPUs that each NodeManager is told of. */
    static final int GPUS = 2;

    private static final String GPU = "yarn.io/gpu";
    private static final String LOCAL = "127.0.0.1:";

    static HadoopSites of(Path folder) {
        return new HadoopSites(folder, freePort(), new int[] {freePort(), freePort(), freePort(), freePort()});
    }

    String fileSystem() {
        return "hdfs://" + LOCAL + nameNode;
    }

    /** As {@code HADOOP_CONF_DIR} names it: what clients, NameNode, DataNode and ResourceManager read. */
    Path conf() {
        return folder.resolve("conf");
    }

    /** What a NodeManager reads. */
    Path conf(String nodeManager) {
        return folder.resolve("conf-" + nodeManager);
    }

    /** The same for clients in this process. */
    Configuration client() {
        Configuration configuration = new Configuration();
        core().forEach(configuration::set);
        hdfs().forEach(configuration::set);
        yarn().forEach(configuration::set);
        return configuration;
    }

    void write() {
        write(conf(), yarn());
    }

    /** Writes those of a NodeManager, which has ports and folders of its own. */
    void write(String nodeManager) {
        Map<String, String> node = yarn();
        // Its port is the node's name for the ResourceManager.
        node.put("yarn.nodemanager.address", LOCAL + freePort());
        node.put("yarn.nodemanager.localizer.address", LOCAL + freePort());
        node.put("yarn.nodemanager.webapp.address", LOCAL + freePort());
        node.put(
                "yarn.nodemanager.local-dirs",
                folder.resolve(nodeManager + "/local").toString());
        node.put(
                "yarn.nodemanager.log-dirs",
                folder.resolve(nodeManager + "/logs").toString());
        node.put("yarn.nodemanager.resource.memory-mb", "6144");
        node.put("yarn.nodemanager.resource.cpu-vcores", "8");
        node.put("yarn.nodemanager.vmem-check-enabled", "false");
        node.put("yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", "99.5");
        // Logs of containers are looked at after their application.
        node.put("yarn.nodemanager.delete.debug-delay-sec", "3600");
        node.put("yarn.nodemanager.resource-plugins", GPU);
        node.put("yarn.nodemanager.resource-plugins.gpu.allowed-gpu-devices", "auto");
        node.put(
                "yarn.nodemanager.resource-plugins.gpu.path-to-discovery-executables",
                folder.resolve("bin/nvidia-smi").toString());
        write(conf(nodeManager), node);
    }

    private void write(Path conf, Map<String, String> yarn) {
        try {
            Files.createDirectories(conf);
            xml(conf.resolve("core-site.xml"), core());
            xml(conf.resolve("hdfs-site.xml"), hdfs());
            xml(conf.resolve("yarn-site.xml"), yarn);
            xml(conf.resolve("resource-types.xml"), Map.of("yarn.resource-types", GPU));
            xml(conf.resolve("capacity-scheduler.xml"), scheduler());
            Files.writeString(conf.resolve("log4j.properties"), """
                    log4j.rootLogger=INFO,out
                    log4j.appender.out=org.apache.log4j.ConsoleAppender
                    log4j.appender.out.layout=org.apache.log4j.PatternLayout
                    log4j.appender.out.layout.ConversionPattern=%d{HH:mm:ss} %p %c{1}: %m%n
                    """);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, String> core() {
        Map<String, String> core = new LinkedHashMap<>();
        core.put("fs.defaultFS", fileSystem());
        core.put("hadoop.tmp.dir", folder.resolve("tmp").toString());
        core.put("hadoop.http.staticuser.user", System.getProperty("user.name"));
        // A server that is gone is found out in seconds.
        core.put("ipc.client.connect.max.retries", "3");
        return core;
    }

    private Map<String, String> hdfs() {
        Map<String, String> hdfs = new LinkedHashMap<>();
        hdfs.put("dfs.replication", "1");
        hdfs.put("dfs.namenode.name.dir", folder.resolve("name").toUri().toString());
        hdfs.put("dfs.datanode.data.dir", folder.resolve("data").toUri().toString());
        hdfs.put("dfs.namenode.http-address", LOCAL + "0");
        hdfs.put("dfs.datanode.address", LOCAL + "0");
        hdfs.put("dfs.datanode.http.address", LOCAL + "0");
        hdfs.put("dfs.datanode.ipc.address", LOCAL + "0");
        hdfs.put("dfs.permissions.enabled", "false");
        hdfs.put("dfs.namenode.safemode.extension", "0");
        hdfs.put("dfs.heartbeat.interval", "1");
        return hdfs;
    }

    private Map<String, String> yarn() {
        Map<String, String> yarn = new LinkedHashMap<>();
        String manager = "yarn.resourcemanager.";
        yarn.put(manager + "hostname", "127.0.0.1");
        yarn.put(manager + "address", LOCAL + resourceManager[0]);
        yarn.put(manager + "scheduler.address", LOCAL + resourceManager[1]);
        yarn.put(manager + "resource-tracker.address", LOCAL + resourceManager[2]);
        yarn.put(manager + "admin.address", LOCAL + resourceManager[3]);
        yarn.put(manager + "webapp.address", LOCAL + "0");
        yarn.put(manager + "connect.max-wait.ms", "10000");
        yarn.put(manager + "connect.retry-interval.ms", "2000");
        yarn.put("yarn.nm.liveness-monitor.expiry-interval-ms", Long.toString(NODE_LOST.toMillis()));
        // On a busy machine an application master may be silent for a while.
        yarn.put("yarn.am.liveness-monitor.expiry-interval-ms", "120000");
        yarn.put(manager + "nodemanagers.heartbeat-interval-ms", "200");
        yarn.put("yarn.scheduler.minimum-allocation-mb", "128");
        yarn.put("yarn.scheduler.include-port-in-node-name", "true");
        return yarn;
    }

    private static Map<String, String> scheduler() {
        String prefix = "yarn.scheduler.capacity.";
        return Map.of(
                prefix + "root.queues", "default",
                prefix + "root.default.capacity", "100",
                // Of two containers that each have half of the memory, one may be an application master.
                prefix + "maximum-am-resource-percent", "1",
                prefix + "resource-calculator", "org.apache.hadoop.yarn.util.resource.DominantResourceCalculator");
    }

    private static void xml(Path file, Map<String, String> properties) throws IOException {
        StringBuilder text = new StringBuilder("<configuration>\n");
        properties.forEach((name, value) ->
                text.append("<property><name>%s</name><value>%s</value></property>%n".formatted(name, value)));
        Files.writeString(file, text.append("</configuration>\n"));
    }

    /** A folder with a {@code nvidia-smi} that tells of GPUs that are not there, as text and as XML. */
    Path fakeGpus() {
        StringBuilder xml = new StringBuilder(
                "<nvidia_smi_log><driver_version>550.0</driver_version><attached_gpus>" + GPUS + "</attached_gpus>");
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < GPUS; i++) {
            xml.append("""
                    <gpu id="%1$d"><product_name>Made up</product_name><uuid>GPU-%1$d</uuid>\
                    <minor_number>%1$d</minor_number>\
                    <fb_memory_usage><total>1024 MiB</total><used>0 MiB</used><free>1024 MiB</free></fb_memory_usage>\
                    <utilization><gpu_util>0 %%</gpu_util></utilization>\
                    <temperature><gpu_temp>40 C</gpu_temp><gpu_temp_max_threshold>90 C</gpu_temp_max_threshold>\
                    <gpu_temp_slow_threshold>90 C</gpu_temp_slow_threshold></temperature></gpu>""".formatted(i));
            list.append(i).append('\n');
        }
        xml.append("</nvidia_smi_log>");
        try {
            Path bin = Files.createDirectories(folder.resolve("bin"));
            Files.writeString(
                    bin.resolve("nvidia-smi"),
                    "#!/bin/sh\ncase \"$*\" in\n*-x*) cat <<'END'\n" + xml + "\nEND\n;;\n*) cat <<'END'\n" + list
                            + "END\n;;\nesac\n");
            Files.setPosixFilePermissions(bin.resolve("nvidia-smi"), PosixFilePermissions.fromString("rwxr-xr-x"));
            return bin;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
