package io.sparkinversion.cli;

import io.sparkinversion.job.JobSettings.Resume;
import io.sparkinversion.job.Progress;
import io.sparkinversion.worker.DeviceChoice;
import io.sparkinversion.worker.WorkerSettings.Precision;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** Where and in which portions the work is done. */
final class RunOptions {
    private static final String MAGIC = "org.apache.spark.internal.io.cloud.";

    @Option(
            names = "--master",
            description = "Spark master; default: what spark-submit says, else local[*].")
    private String master;

    @Option(names = "--conf", paramLabel = "KEY=VALUE", description = "A Spark setting; may be repeated.")
    private Map<String, String> conf = new LinkedHashMap<>();

    @Option(
            names = "--device",
            defaultValue = "auto",
            description = {
                "auto, cpu, gpu or gpu:N. On a cluster a task computes on the GPU that Spark assigns to it;",
                "'gpu' fails where none is assigned, 'auto' then takes the CPU."
            })
    private String device;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "Of the UNet: float32, float16 or bfloat16; default: float16 with --device gpu, else float32.")
    private String dtype;

    @Option(names = "--batch-size", defaultValue = "8", description = "Images per UNet evaluation.")
    private int batchSize;

    @Option(names = "--partitions", defaultValue = "0", description = "Tasks per wave; 0 takes Spark's parallelism.")
    private int partitions;

    @Option(
            names = "--wave-size",
            defaultValue = "0",
            description = "Images that commit together; 0 takes max(64, 4 x partitions x batch size).")
    private int waveSize;

    @Option(names = "--retry-failed", description = "Compute failed rows of an earlier run again.")
    private boolean retryFailed;

    @Option(names = "--max-pixels", defaultValue = "178956970", description = "Larger images are refused.")
    private long maxPixels;

    String device() {
        if (!DeviceChoice.isValid(device)) {
            throw new IllegalArgumentException("--device: '" + device + "' is none of auto, cpu, gpu, gpu:N");
        }
        return device;
    }

    Precision precision() {
        if (dtype == null) {
            return device().startsWith("gpu") ? Precision.FLOAT16 : Precision.FLOAT32;
        }
        return Choice.of("--dtype", Precision.class, dtype);
    }

    int batchSize() {
        return positive("--batch-size", batchSize);
    }

    int partitions() {
        return notNegative("--partitions", partitions);
    }

    int waveSize() {
        return notNegative("--wave-size", waveSize);
    }

    long maxPixels() {
        if (maxPixels < 1) {
            throw new IllegalArgumentException("--max-pixels is " + maxPixels + "; it must be 1 or more");
        }
        return maxPixels;
    }

    Resume resume() {
        return retryFailed ? Resume.RETRY_FAILED : Resume.REUSE;
    }

    Progress progress() {
        return Progress.onTerminalOr(System.err);
    }

    private static int positive(String option, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(option + " is " + value + "; it must be 1 or more");
        }
        return value;
    }

    private static int notNegative(String option, int value) {
        if (value < 0) {
            throw new IllegalArgumentException(option + " is " + value + "; it must be 0 or more");
        }
        return value;
    }

    /** How to reach file systems before Spark runs. */
    Configuration hadoop() {
        return SparkHadoopUtil.get().newConfiguration(sparkConf());
    }

    SparkSession session(String name, String output) {
        SparkConf settings = sparkConf();
        if (output.startsWith("s3a:")) {
            useMagicCommitter(settings);
        }
        return SparkSession.builder().appName(name).config(settings).getOrCreate();
    }

    private SparkConf sparkConf() {
        SparkConf settings = new SparkConf();
        conf.forEach(settings::set);
        if (master != null) {
            settings.setMaster(master);
        }
        settings.setIfMissing("spark.master", "local[*]");
        settings.setIfMissing("spark.ui.showConsoleProgress", "false");
        settings.setIfMissing("spark.locality.wait", "0s");
        // Spin-waiting OpenMP threads of several tasks steal each other's cores.
        settings.setIfMissing("spark.executorEnv.OMP_WAIT_POLICY", "passive");
        if (settings.get("spark.master").startsWith("local")) {
            settings.setIfMissing("spark.ui.enabled", "false");
            settings.setIfMissing("spark.driver.host", "localhost");
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
