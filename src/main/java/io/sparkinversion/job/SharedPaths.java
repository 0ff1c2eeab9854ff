package io.sparkinversion.job;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.weights.Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Whether executors see the local files and folders of a run. A dataset that only the driver's machine has would come out
 * as failed images, and an output that the machines do not share as tables in pieces.
 */
final class SharedPaths {
    private SharedPaths() {}

    /**
     * Asks the executors that there are. Costs nothing where all addresses are of shared file systems, or tasks run in
     * this process.
     *
     * @param lock a file that the driver has just written into the output
     * @throws JobException if an executor lacks something that is there for the driver
     */
    static void require(SparkContext spark, JobSettings settings, org.apache.hadoop.fs.Path lock) {
        if (spark.isLocal()) {
            return;
        }
        Map<String, String> local = new LinkedHashMap<>();
        add(local, "dataset", settings.dataset().root());
        add(local, "model", settings.worker().model());
        add(local, "LPIPS weights", settings.worker().lpipsWeights());
        add(local, "output", lock.toString());
        if (!local.isEmpty()) {
            List<Integer> tasks =
                    IntStream.range(0, spark.defaultParallelism()).boxed().toList();
            JavaSparkContext.fromSparkContext(spark)
                    .parallelize(tasks, tasks.size())
                    // Not as an Optional, which cannot be sent back.
                    .flatMap(task -> missing(local).stream().iterator())
                    .collect()
                    .stream()
                    .findFirst()
                    .ifPresent(found -> {
                        throw new JobException(found + ": give an address that all machines read, such as hdfs:// or"
                                + " s3a://, or a folder that all of them mount");
                    });
        }
    }

    private static void add(Map<String, String> local, String name, String address) {
        if (address != null) {
            Address.local(address)
                    .filter(path -> path.isAbsolute() && Files.exists(path))
                    .ifPresent(path -> local.put(name, path.toString()));
        }
    }

    /** What this machine lacks, in words. */
    static Optional<String> missing(Map<String, String> local) {
        return local.entrySet().stream()
                .filter(each -> !Files.exists(Path.of(each.getValue())))
                .findFirst()
                .map(each -> "the " + each.getKey() + " " + shown(each)
                        + " is on the driver's machine, but the executor on " + host() + " does not see it");
    }

    /** The output's folder is not asked for itself: executors may have made it. */
    private static String shown(Map.Entry<String, String> each) {
        Path path = Path.of(each.getValue());
        return each.getKey().equals("output") ? String.valueOf(path.getParent()) : path.toString();
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "another machine";
        }
    }
}
