package io.sparkinversion.cli;

import io.sparkinversion.engine.DeviceChoice;
import io.sparkinversion.job.Progress;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.worker.InversionWorker;
import io.sparkinversion.worker.WorkerSettings;
import io.sparkinversion.worker.WorkerSettings.Precision;
import java.time.Duration;
import org.apache.spark.network.util.JavaUtils;
import picocli.CommandLine.Option;

/** Where and in which portions the work is done. */
final class RunOptions {
    @Option(
            names = "--device",
            defaultValue = "auto",
            description =
                    "auto, cpu, gpu or gpu:N. On a cluster a task uses the GPU that Spark assigns to it; if none is"
                            + " assigned, 'gpu' fails and 'auto' uses the CPU.")
    private String device;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description =
                    "Numeric type of the UNet: float32, float16 or bfloat16. Default: float16 with --device gpu, else float32.")
    private String dtype;

    @Option(names = "--batch-size", defaultValue = "8", description = "Images per UNet evaluation.")
    private int batchSize;

    @Option(names = "--partitions", defaultValue = "0", description = "Tasks per wave; 0: Spark's default parallelism.")
    private int partitions;

    @Option(
            names = "--wave-size",
            defaultValue = "0",
            description = "Images that are committed together; 0: max(64, 4 x partitions x batch size).")
    private int waveSize;

    @Option(names = "--retry-failed", description = "Recompute the failed rows of an earlier run.")
    private boolean retryFailed;

    @Option(names = "--max-pixels", defaultValue = "178956970", description = "Refuse images with more pixels.")
    private long maxPixels;

    @Option(
            names = "--stall-timeout",
            paramLabel = "TIME",
            defaultValue = "30m",
            description =
                    "Kill the process if nothing has progressed for this long, such as 90s or 2h; on a cluster Spark"
                            + " replaces it.")
    private String stallTimeout;

    String device() {
        if (!DeviceChoice.isValid(device)) {
            throw new IllegalArgumentException(
                    "--device: invalid value '" + device + "'; expected auto, cpu, gpu or gpu:N");
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

    /** What works on the images in Spark's tasks. */
    InversionWorker worker(WorkerSettings settings) {
        return new InversionWorker(settings, stallTimeout());
    }

    private Duration stallTimeout() {
        try {
            Duration timeout = Duration.ofSeconds(JavaUtils.timeStringAsSec(stallTimeout));
            if (!timeout.isZero() && !timeout.isNegative()) {
                return timeout;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new IllegalArgumentException("--stall-timeout: invalid value '" + stallTimeout
                + "'; expected one second or more, such as 90s, 30m or 2h");
    }

    /** @param recompute whether results of other settings are to be replaced */
    Resume resume(boolean recompute) {
        if (recompute && retryFailed) {
            throw new IllegalArgumentException(
                    "--retry-failed and --recompute exclude each other; give only one of them");
        }
        return recompute ? Resume.RECOMPUTE : resume();
    }

    Resume resume() {
        return retryFailed ? Resume.RETRY_FAILED : Resume.REUSE;
    }

    Progress progress() {
        return Progress.onStandardError();
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
}
