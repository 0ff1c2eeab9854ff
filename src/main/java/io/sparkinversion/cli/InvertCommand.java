package io.sparkinversion.cli;

import io.sparkinversion.job.DatasetReader;
import io.sparkinversion.job.InversionJob;
import io.sparkinversion.job.JobSettings;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.worker.EngineRegistry;
import io.sparkinversion.worker.InversionWorker;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The main job. */
@Command(
        name = "invert",
        description = "Inverts the images of a dataset, reconstructs them, and measures the reconstructions.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        showDefaultValues = true)
final class InvertCommand implements Callable<Integer> {
    @Mixin
    private DatasetOptions dataset;

    @Option(names = "--output", required = true, description = "Where the tables go: a folder, hdfs:// or s3a://.")
    private String output;

    @ArgGroup(validate = false, heading = "%nModel%n")
    private ModelOptions model = new ModelOptions();

    @ArgGroup(validate = false, heading = "%nMethod%n")
    private MethodOptions method = new MethodOptions();

    @ArgGroup(validate = false, heading = "%nRun%n")
    private RunOptions run = new RunOptions();

    @ArgGroup(validate = false, heading = "%nSpark%n")
    private SparkOptions sparkOptions = new SparkOptions();

    @Override
    public Integer call() throws IOException {
        JobSettings settings = settings();
        DatasetReader.requireDataset(settings.dataset(), sparkOptions.hadoop());
        try (SparkSession spark = sparkOptions.session("invert " + settings.dataset().root(), settings.output())) {
            RunSummary summary = InversionJob.run(
                    settings, new InversionWorker(settings.worker()), spark, System.out, run.progress());
            return summary.nothingWorked() ? Main.EVERY_IMAGE_FAILED : 0;
        } finally {
            EngineRegistry.closeAll();
        }
    }

    private JobSettings settings() {
        return new JobSettings(
                dataset.settings(0),
                output,
                model.chosen(sparkOptions.hadoop()).settings(method.methods(), method.steps(), method, run, 0),
                model.lpipsName(),
                run.partitions(),
                run.waveSize(),
                run.resume());
    }
}
