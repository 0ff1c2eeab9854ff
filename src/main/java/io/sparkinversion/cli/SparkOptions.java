package io.sparkinversion.cli;

import io.sparkinversion.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** Which Spark. What spark-submit says counts more than the defaults here, and these options more than that. */
final class SparkOptions {
    private static final String EVERY_CORE = "local[*]";
    /** In conf/ and in the job's jar, which is all that there is where a cluster runs the driver. */
    private static final String S3 = "spark-s3.conf";

    private static final String HOW_TO_WRITE = "spark.sql.";
    private static final String HEARTBEAT_INTERVAL = "spark.executor.heartbeatInterval";
    private static final String NETWORK_TIMEOUT = "spark.network.timeout";

    @Option(
            names = "--master",
            paramLabel = "URL",
            description = "Spark master. Default: the one of spark-submit, else local[*].")
    private String master;

    @Option(names = "--conf", hidden = true, paramLabel = "KEY=VALUE", description = "Spark setting; may be repeated.")
    private Map<String, String> conf = new LinkedHashMap<>();

    /** How to reach file systems before Spark runs. */
    Configuration hadoop() {
        return SparkHadoopUtil.get().newConfiguration(sparkConf(EVERY_CORE));
    }

    /** The master of the session, where nothing else is its default. */
    String masterUrl() {
        return sparkConf(EVERY_CORE).get("spark.master");
    }

    SparkSession session(String name, String output) {
        return session(name, output, EVERY_CORE);
    }

    /** @param masterByDefault where neither the user nor spark-submit names one */
    SparkSession session(String name, String output, String masterByDefault) {
        SparkConf settings = sparkConf(masterByDefault, output);
        Interruption.prepare();
        StorageLogFilter.install();
        System.out.println("starting Spark (" + settings.get("spark.master") + ") for " + name + " ...");
        return SparkSession.builder().appName(name).config(settings).getOrCreate();
    }

    SparkConf sparkConf(String masterByDefault, String output) {
        SparkConf settings = sparkConf(masterByDefault);
        if (output.startsWith("s3a:")) {
            // Commits on S3 without renames; nothing is visible before its commit.
            setMissing(settings, s3(), HOW_TO_WRITE);
        }
        return settings;
    }

    private SparkConf sparkConf(String masterByDefault) {
        SparkConf settings = new SparkConf();
        conf.forEach(settings::set);
        if (master != null) {
            settings.setMaster(master);
        }
        settings.setIfMissing("spark.master", masterByDefault);
        settings.setIfMissing("spark.ui.showConsoleProgress", "false");
        settings.setIfMissing("spark.locality.wait", "0s");
        // Several waves run at a time: WaveWriter says whose tasks go first.
        settings.setIfMissing("spark.scheduler.mode", "FAIR");
        // Spin-waiting OpenMP threads of several tasks steal each other's cores.
        settings.setIfMissing("spark.executorEnv.OMP_WAIT_POLICY", "passive");
        // With more arenas glibc keeps several times as much freed memory for later.
        settings.setIfMissing("spark.executorEnv.MALLOC_ARENA_MAX", "2");
        // What planning holds lies on disk, and not for long.
        settings.setIfMissing("spark.sql.inMemoryColumnarStorage.compressed", "false");
        setMissing(settings, s3(), "spark.hadoop.");
        if (settings.get("spark.master").startsWith("local")) {
            settings.setIfMissing("spark.ui.enabled", "false");
            settings.setIfMissing("spark.driver.host", "localhost");
            settings.setIfMissing("spark.sql.shuffle.partitions", "4");
            settings.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
        }
        if (settings.get("spark.master").matches("local(\\[.*])?")) {
            sendNoHeartbeats(settings);
        }
        return settings;
    }

    /**
     * Driver and executor are one process, so a heartbeat tells nothing. On a machine that is slow or was suspended it
     * comes before Spark has started, or too late, and then Spark prints pages of stack traces or gives the executor up.
     * There is no switch for them: they are put off to a time that no run lasts.
     */
    private static void sendNoHeartbeats(SparkConf settings) {
        // Spark wants the timeout to be the longer of the two: who sets one of them gets Spark's default for the other.
        if (!settings.contains(HEARTBEAT_INTERVAL) && !settings.contains(NETWORK_TIMEOUT)) {
            settings.set(HEARTBEAT_INTERVAL, "10d");
            // Spark counts some timeouts that derive from this one in milliseconds of 32 bits: 24 days at most.
            settings.set(NETWORK_TIMEOUT, "20d");
        }
    }

    private static void setMissing(SparkConf settings, Properties defaults, String prefix) {
        for (String name : defaults.stringPropertyNames()) {
            if (name.startsWith(prefix)) {
                settings.setIfMissing(name, defaults.getProperty(name).strip());
            }
        }
    }

    private static Properties s3() {
        Path file = Home.path("conf").resolve(S3);
        try (InputStream input =
                Files.exists(file) ? Files.newInputStream(file) : SparkOptions.class.getResourceAsStream("/" + S3)) {
            if (input == null) {
                throw new UserException("the S3 settings are neither in " + file + " nor in the job's jar;"
                        + " use the scripts in jobs/");
            }
            Properties settings = new Properties();
            settings.load(input);
            return settings;
        } catch (IOException e) {
            throw new UserException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }
}
