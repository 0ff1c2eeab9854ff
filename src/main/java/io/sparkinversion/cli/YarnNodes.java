package io.sparkinversion.cli;

import io.sparkinversion.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.api.records.NodeReport;
import org.apache.hadoop.yarn.api.records.NodeState;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.exceptions.YarnException;

/** Whether there is a cluster to submit to. */
final class YarnNodes {
    private static final String GPU = "yarn.io/gpu";
    /** Milliseconds that the ResourceManager is asked for; left to itself, the client does so for a quarter of an hour. */
    static final String PATIENCE = "spark-inversion.yarn-patience";

    private static final int PATIENCE_BY_DEFAULT = 20_000;
    private static final int PAUSE = 2_000;
    private static final int MOST_ASKED = 3;

    private final String address;
    private final List<NodeReport> running;

    /** @throws UserException if the ResourceManager does not answer */
    YarnNodes(Configuration configuration) {
        Configuration impatient = new Configuration(configuration);
        int patience = configuration.getInt(PATIENCE, PATIENCE_BY_DEFAULT);
        impatient.setInt(YarnConfiguration.RESOURCEMANAGER_CONNECT_MAX_WAIT_MS, patience);
        impatient.setInt(YarnConfiguration.RESOURCEMANAGER_CONNECT_RETRY_INTERVAL_MS, Math.min(patience, PAUSE));
        address = impatient.get(YarnConfiguration.RM_ADDRESS);
        try (YarnClient client = YarnClient.createYarnClient()) {
            client.init(impatient);
            client.start();
            running = client.getNodeReports(NodeState.RUNNING);
        } catch (YarnException | IOException e) {
            throw new UserException(
                    "YARN's ResourceManager at " + address + " does not answer: " + YarnSubmission.reason(e)
                            + "; is HADOOP_CONF_DIR that of the cluster?",
                    e);
        }
    }

    /**
     * @param gpus that an executor asks for; 0 for none
     * @throws UserException if no node runs, or none has so many GPUs
     */
    void require(int gpus) {
        if (running.isEmpty()) {
            throw new UserException("YARN's ResourceManager at " + address + " has no node that runs");
        }
        if (gpus > 0 && running.stream().noneMatch(node -> gpusOf(node) >= gpus)) {
            throw new UserException("an executor asks for " + gpus + " GPU"
                    + (gpus == 1 ? "" : "s") + " (spark.executor.resource.gpu.amount), but no YARN node has so many: "
                    + GPU + " must be set up on ResourceManager and NodeManagers and in the resource-types.xml of"
                    + " HADOOP_CONF_DIR");
        }
    }

    /**
     * Which node lets every container see all of its GPUs; empty where none says that it does. Executors of this project
     * share none all the same ({@code conf/gpu-discovery.sh}).
     */
    Optional<String> withoutIsolation() {
        return running.stream()
                .filter(node -> gpusOf(node) > 1)
                .limit(MOST_ASKED)
                .map(NodeReport::getHttpAddress)
                .filter(YarnNodes::showsAllGpus)
                .findFirst();
    }

    private static boolean showsAllGpus(String node) {
        URI address = URI.create("http://" + node + "/conf?name=yarn.nodemanager.container-executor.class");
        try {
            URLConnection connection = address.toURL().openConnection();
            connection.setConnectTimeout(PAUSE);
            connection.setReadTimeout(PAUSE);
            try (InputStream answer = connection.getInputStream()) {
                return new String(answer.readAllBytes(), StandardCharsets.UTF_8).contains("DefaultContainerExecutor");
            }
        } catch (IOException e) {
            // One that does not answer here, or not to everybody.
            return false;
        }
    }

    private static long gpusOf(NodeReport node) {
        return node.getCapability().getAllResourcesListCopy().stream()
                .filter(resource -> resource.getName().equals(GPU))
                .mapToLong(resource -> resource.getValue())
                .sum();
    }
}
