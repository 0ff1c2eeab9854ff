package io.sparkinversion.cli;

import io.sparkinversion.api.RunResult;
import io.sparkinversion.api.SparkInversion;
import io.sparkinversion.evaluation.EvaluationSettings;
import io.sparkinversion.job.RunSummary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The paper's table. */
@Command(
        name = "evaluate",
        description =
                "Reconstruct the images of a dataset with several methods and step counts, and write a report that"
                        + " compares them. The methods of an image share one inversion. If interrupted, run the same command"
                        + " again to resume.",
        versionProvider = Main.Version.class,
        sortOptions = false)
final class EvaluateCommand extends ComparingCommand {
    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            required = true,
            description = "Directory for the results and the report: a local path, hdfs:// or s3a://.")
    private String output;

    @Override
    int compare() {
        try (LazySession session = session("evaluate", output)) {
            RunResult result = inversion(session, output).evaluate(comparison());
            return result.summaries().stream().allMatch(RunSummary::nothingWorked) ? Main.EVERY_IMAGE_FAILED : 0;
        } finally {
            SparkInversion.closeEngines();
        }
    }

    /** What the options say, for tests. */
    EvaluationSettings settings() {
        return inversion(() -> null, output).evaluation(comparison());
    }
}
