package io.sparkinversion.cli;

import io.sparkinversion.job.EvaluationReport;
import io.sparkinversion.job.EvaluationTables;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The report by itself. */
@Command(
        name = "report",
        description = "Makes the report of an evaluation, or of a single run, anew from its tables; computes nothing.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        showDefaultValues = true)
final class ReportCommand implements Callable<Integer> {
    @Parameters(paramLabel = "RUN", description = "The --output of evaluate or invert; RUN/report is written.")
    private String run;

    @Mixin
    private SparkOptions sparkOptions;

    @Override
    public Integer call() throws IOException {
        EvaluationTables tables = EvaluationTables.open(run, sparkOptions.hadoop());
        try (SparkSession spark = sparkOptions.session("report of " + run, run)) {
            System.out.print(EvaluationReport.write(spark, tables));
            return 0;
        }
    }
}
