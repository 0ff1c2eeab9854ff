package io.sparkinversion.cli;

import io.sparkinversion.evaluation.EvaluationJob;
import io.sparkinversion.evaluation.EvaluationSettings;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.worker.EngineRegistry;
import java.io.IOException;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The paper's table. */
@Command(
        name = "evaluate",
        description =
                "Reconstruct the images of a dataset with several methods and step counts, and write a report that"
                        + " compares them. The methods of an image share one inversion. If interrupted, run the same command"
                        + " again to resume.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        showDefaultValues = true)
final class EvaluateCommand extends ComparingCommand {
    @Option(
            names = "--output",
            required = true,
            description = "Directory for the results and the report: a local path, hdfs:// or s3a://.")
    private String output;

    @Override
    public Integer call() throws IOException {
        EvaluationSettings settings = settings();
        try (SparkSession spark = session("evaluate", settings)) {
            List<RunSummary> parts = EvaluationJob.run(settings, run()::worker, spark, System.out, run()::progress);
            return parts.stream().allMatch(RunSummary::nothingWorked) ? Main.EVERY_IMAGE_FAILED : 0;
        } finally {
            EngineRegistry.closeAll();
        }
    }

    EvaluationSettings settings() {
        return settings(output);
    }
}
