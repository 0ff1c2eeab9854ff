package io.sparkinversion.cluster;

import io.sparkinversion.UserException;
import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.job.InversionJob;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.worker.InversionWorker;
import io.sparkinversion.worker.WorkerSettings;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.apache.spark.sql.SparkSession;

/** A soak's driver: the same words again are the same command. */
final class SoakDriver {
    /** What a command exits with that ends with an error of which it can say what it is, and what to do. */
    static final int EXPLAINED = 2;

    private static final Duration STALL = Duration.ofSeconds(25);

    private SoakDriver() {}

    /** @param words the file of Spark's settings, the hook's components, dataset and output */
    public static void main(String[] words) throws IOException {
        Properties settings = new Properties();
        try (Reader file = Files.newBufferedReader(Path.of(words[0]))) {
            settings.load(file);
        }
        SparkSession.Builder builder = SparkSession.builder();
        settings.forEach((name, value) -> builder.config(name.toString(), value.toString()));
        SoakHook hook = new SoakHook(words[1], words[2], Integer.parseInt(words[3]), Duration.parse(words[4]));
        int exitCode = 0;
        try (SparkSession spark = builder.getOrCreate()) {
            run(spark, hook, words[5], words[6]);
        } catch (UserException e) {
            System.err.println("error: " + e.getMessage());
            exitCode = EXPLAINED;
        } catch (RuntimeException e) {
            e.printStackTrace();
            exitCode = 1;
        }
        System.exit(exitCode);
    }

    private static void run(SparkSession spark, SoakHook hook, String dataset, String output) {
        WorkerSettings worker = FaultRun.worker("no model", "soak")
                .steps(SoakSettings.STEPS)
                .batchSize(SoakSettings.BATCH_SIZE)
                .build();
        // As the command has it: as many tasks as there is room for, in waves of half a minute.
        JobSettings settings = new JobSettings(
                new DatasetSettings(dataset, null, Format.AUTO, 0), output, worker, null, 0, 0, Resume.REUSE);
        InversionJob.run(settings, new InversionWorker(worker, STALL, hook), spark, System.out, S3Run.silent());
    }
}
