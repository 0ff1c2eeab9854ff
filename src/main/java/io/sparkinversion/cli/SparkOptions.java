package io.sparkinversion.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** Which Spark. What spark-submit says counts more than the defaults here, and these options more than that. */
final class SparkOptions {
    private static final String EVERY_CORE = "local[*]";
    private static final String MAGIC = "org.apache.spark.internal.io.cloud.";

    @Option(names = "--master", description = "Spark master; default: what spark-submit says, else local[*].")
    private String master;

    @Option(names = "--conf", paramLabel = "KEY=VALUE", description = "A Spark setting; may be repeated.")
    private Map<String, String> conf = new LinkedHashMap<>();

    /** How to reach file systems before Spark runs. */
    Configuration hadoop() {
        return SparkHadoopUtil.get().newConfiguration(sparkConf(EVERY_CORE));
    }

    SparkSession session(String name, String output) {
        return session(name, output, EVERY_CORE);
    }

    /** @param masterByDefault where neither the user nor spark-submit names one */
    SparkSession session(String name, String output, String masterByDefault) {
        SparkConf settings = sparkConf(masterByDefault);
        if (output.startsWith("s3a:")) {
            useMagicCommitter(settings);
        }
        return SparkSession.builder().appName(name).config(settings).getOrCreate();
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
        // Spin-waiting OpenMP threads of several tasks steal each other's cores.
        settings.setIfMissing("spark.executorEnv.OMP_WAIT_POLICY", "passive");
        if (settings.get("spark.master").startsWith("local")) {
            settings.setIfMissing("spark.ui.enabled", "false");
            settings.setIfMissing("spark.driver.host", "localhost");
            settings.setIfMissing("spark.sql.shuffle.partitions", "4");
            settings.setIfMissing("spark.executor.heartbeatInterval", "2s");
            settings.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
        }
        return settings;
    }

    /** Commits on S3 without renames; nothing is visible before its commit. */
    private static void useMagicCommitter(SparkConf settings) {
        settings.setIfMissing("spark.hadoop.fs.s3a.committer.name", "magic");
        settings.setIfMissing("spark.hadoop.fs.s3a.committer.magic.enabled", "true");
        settings.setIfMissing(
                "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a",
                "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory");
        settings.setIfMissing("spark.sql.sources.commitProtocolClass", MAGIC + "PathOutputCommitProtocol");
        settings.setIfMissing("spark.sql.parquet.output.committer.class", MAGIC + "BindingParquetOutputCommitter");
    }
}
