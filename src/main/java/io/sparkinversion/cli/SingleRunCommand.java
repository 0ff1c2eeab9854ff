package io.sparkinversion.cli;

import io.sparkinversion.cli.ModelOptions.ChosenModel;
import io.sparkinversion.dataset.DatasetReader;
import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.job.InversionJob;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.worker.EngineRegistry;
import io.sparkinversion.worker.InversionWorker;
import io.sparkinversion.worker.WorkerSettings;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the commands that go through a dataset once have in common. */
abstract class SingleRunCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private DatasetOptions dataset;

    @Option(
            names = "--output",
            required = true,
            description = "Directory for the results: a local path, hdfs:// or s3a://.")
    private String output;

    @Option(
            names = "--recompute",
            description =
                    "Replace results in the output that have other settings, such as another model, LPIPS network or"
                            + " step count, wave by wave. Methods must be the same.")
    private boolean recompute;

    @ArgGroup(validate = false, heading = "%nModel%n", order = 1)
    private ModelOptions model = new ModelOptions();

    @ArgGroup(validate = false, heading = "%nInversion%n", order = 2)
    private MethodOptions method = new MethodOptions();

    @ArgGroup(validate = false, heading = "%nRun%n", order = 4)
    private RunOptions run = new RunOptions();

    @ArgGroup(validate = false, heading = "%nSpark%n", order = 5)
    private SparkOptions sparkOptions = new SparkOptions();

    @Override
    public Integer call() throws IOException {
        JobSettings settings = settings();
        DatasetReader.requireDataset(settings.dataset(), sparkOptions.hadoop());
        String name = spec.name() + " " + settings.dataset().root();
        try (SparkSession spark = sparkOptions.session(name, settings.output())) {
            InversionWorker worker = run.worker(settings.worker());
            RunSummary summary = InversionJob.run(settings, worker, spark, System.out, run.progress());
            afterwards(spark, settings);
            return summary.nothingWorked() ? Main.EVERY_IMAGE_FAILED : 0;
        } finally {
            EngineRegistry.closeAll();
        }
    }

    /** What the options say. */
    JobSettings settings() {
        ChosenModel chosen = model.chosen(sparkOptions.hadoop());
        return new JobSettings(
                dataset(dataset),
                output,
                worker(chosen.settings(method.methods(), method.steps(), method, run, 0)),
                model.lpipsName(),
                run.partitions(),
                run.waveSize(),
                run.resume(recompute));
    }

    abstract DatasetSettings dataset(DatasetOptions options);

    /** @param plain inverts and reconstructs */
    WorkerSettings worker(WorkerSettings plain) {
        return plain;
    }

    void afterwards(SparkSession spark, JobSettings settings) {}
}
