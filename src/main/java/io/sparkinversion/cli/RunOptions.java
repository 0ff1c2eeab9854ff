package io.sparkinversion.cli;

import io.sparkinversion.UserException;
import io.sparkinversion.api.InversionSettings;
import io.sparkinversion.api.SparkInversion;
import io.sparkinversion.job.Progress;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.worker.WorkerSettings.Precision;
import java.time.Duration;
import java.util.function.Predicate;
import org.apache.spark.network.util.JavaUtils;
import picocli.CommandLine.Option;

/** Where and in which portions the work is done. */
final class RunOptions {
    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = InversionSettings.DEVICE,
            description = "auto, cpu, gpu or gpu:N. On a cluster that is the GPU that Spark assigns; without one 'gpu'"
                    + " fails and 'auto' uses the CPU.")
    private String device;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description =
                    "Numeric type of the UNet: float32, float16 or bfloat16. Default: float16 with --device gpu, else float32.")
    private String dtype;

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            defaultValue = "" + InversionSettings.BATCH_SIZE,
            description = "Images per UNet evaluation.")
    private int batchSize;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            hidden = true,
            defaultValue = "" + InversionSettings.PARTITIONS,
            description = "Tasks per wave; 0: Spark's default parallelism.")
    private int partitions;

    @Option(
            names = "--wave-size",
            paramLabel = "N",
            hidden = true,
            defaultValue = "" + InversionSettings.WAVE_SIZE,
            description = "Images that are committed together; 0: as many as are computed in about half a minute.")
    private int waveSize;

    @Option(names = "--retry-failed", hidden = true, description = "Recompute the failed rows of an earlier run.")
    private boolean retryFailed;

    @Option(
            names = "--max-pixels",
            paramLabel = "N",
            hidden = true,
            defaultValue = "" + InversionSettings.MAX_PIXELS,
            description = "Refuse images with more pixels.")
    private long maxPixels;

    @Option(
            names = "--stall-timeout",
            hidden = true,
            paramLabel = "TIME",
            defaultValue = InversionSettings.STALL_TIMEOUT,
            description =
                    "Kill the process if nothing has progressed for this long, such as 90s or 2h; on a cluster Spark"
                            + " replaces it.")
    private String stallTimeout;

    /**
     * @param given whether the user gave an option of that name
     * @param recompute whether results of other settings are to be replaced
     */
    void apply(SparkInversion run, Predicate<String> given, boolean recompute) {
        run.device(device)
                .maxPixels(maxPixels)
                .partitions(partitions)
                .waveSize(waveSize)
                .stallTimeout(stallTimeout())
                .resume(resume(recompute))
                .reportTo(System.out, Progress::onStandardError);
        if (dtype != null) {
            run.dtype(Choice.of("--dtype", Precision.class, dtype));
        }
        if (given.test("--batch-size")) {
            run.batchSize(batchSize);
        }
    }

    private Duration stallTimeout() {
        try {
            Duration timeout = Duration.ofSeconds(JavaUtils.timeStringAsSec(stallTimeout));
            if (!timeout.isZero() && !timeout.isNegative()) {
                return timeout;
            }
        } catch (NumberFormatException e) {
            // The message below covers it.
        }
        throw new UserException("--stall-timeout: invalid value '" + stallTimeout
                + "'; expected one second or more, such as 90s, 30m or 2h");
    }

    private Resume resume(boolean recompute) {
        if (recompute && retryFailed) {
            throw new UserException("--retry-failed and --recompute exclude each other; give only one of them");
        }
        if (recompute) {
            return Resume.RECOMPUTE;
        }
        return retryFailed ? Resume.RETRY_FAILED : Resume.REUSE;
    }
}
