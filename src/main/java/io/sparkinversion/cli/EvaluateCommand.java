package io.sparkinversion.cli;

import io.sparkinversion.cli.ModelOptions.ChosenModel;
import io.sparkinversion.job.DatasetReader;
import io.sparkinversion.job.EvaluationJob;
import io.sparkinversion.job.EvaluationSettings;
import io.sparkinversion.job.JobSettings;
import io.sparkinversion.job.Protocol;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.worker.EngineRegistry;
import io.sparkinversion.worker.InversionWorker;
import io.sparkinversion.worker.WorkerSettings;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The paper's table. */
@Command(
        name = "evaluate",
        description = "Reconstructs the images of a dataset with several methods and step counts, and writes a report"
                + " that compares them. An image's methods share one inversion. The same command again goes on where"
                + " it ended.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        showDefaultValues = true)
final class EvaluateCommand implements Callable<Integer> {
    /** Compiles what is compiled at first use; the steps of a trajectory are all alike. */
    private static final int WARM_UP_STEPS = 2;

    @Spec
    private CommandSpec spec;

    @Mixin
    private DatasetOptions dataset;

    @Option(
            names = "--output",
            required = true,
            description = "Where tables and report go: a folder, hdfs:// or s3a://.")
    private String output;

    @ArgGroup(validate = false, heading = "%nModel%n")
    private ModelOptions model = new ModelOptions();

    @ArgGroup(validate = false, heading = "%nComparison%n")
    private EvaluationOptions comparison = new EvaluationOptions();

    @ArgGroup(validate = false, heading = "%nRun%n")
    private RunOptions run = new RunOptions();

    @ArgGroup(validate = false, heading = "%nSpark%n")
    private SparkOptions sparkOptions = new SparkOptions();

    @Override
    public Integer call() throws IOException {
        EvaluationSettings settings = settings();
        DatasetReader.requireDataset(settings.run().dataset(), sparkOptions.hadoop());
        if (settings.protocol() == Protocol.PAPER) {
            System.out.println(PaperProtocol.text(settings.run().worker()));
        }
        try (SparkSession spark = session(settings)) {
            List<RunSummary> parts =
                    EvaluationJob.run(settings, InversionWorker::new, spark, System.out, run::progress);
            return parts.stream().allMatch(RunSummary::nothingWorked) ? Main.EVERY_IMAGE_FAILED : 0;
        } finally {
            EngineRegistry.closeAll();
        }
    }

    private SparkSession session(EvaluationSettings settings) {
        String name = "evaluate " + settings.run().dataset().root();
        return settings.protocol() == Protocol.PAPER
                ? sparkOptions.session(name, output, PaperProtocol.LOCAL_MASTER)
                : sparkOptions.session(name, output);
    }

    EvaluationSettings settings() {
        Protocol protocol = comparison.protocol();
        boolean asInPaper = protocol == Protocol.PAPER;
        PaperProtocol paper = new PaperProtocol(spec.commandLine().getParseResult()::hasMatchedOption);
        List<Integer> steps = asInPaper ? paper.steps(comparison.steps()) : comparison.steps();
        ChosenModel chosen = model.chosen(sparkOptions.hadoop());
        WorkerSettings asked = chosen.settings(
                comparison.methods(), Collections.max(steps), comparison, run, WARM_UP_STEPS);
        JobSettings common = new JobSettings(
                dataset.settings(asInPaper ? PaperProtocol.SAMPLE : 0),
                output,
                asInPaper ? paper.worker(asked, chosen.trained()) : asked,
                model.lpipsName(),
                run.partitions(),
                run.waveSize(),
                run.resume());
        return new EvaluationSettings(common, steps, protocol);
    }
}
