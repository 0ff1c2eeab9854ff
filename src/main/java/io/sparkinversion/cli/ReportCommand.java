package io.sparkinversion.cli;

import io.sparkinversion.evaluation.EvaluationReport;
import io.sparkinversion.evaluation.EvaluationTables;
import io.sparkinversion.gallery.EditReport;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The report by itself. */
@Command(
        name = "report",
        description = "Regenerate the report of an evaluation or of a single run, or the gallery of edits, from the"
                + " tables.",
        versionProvider = Main.Version.class)
final class ReportCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "RUN",
            description = "The --output of evaluate, invert or edit. The report goes to RUN/report.")
    private String run;

    @Mixin
    private SparkOptions sparkOptions;

    @Override
    public Integer call() throws IOException {
        if (EditReport.isFor(run, sparkOptions.hadoop())) {
            try (SparkSession spark = sparkOptions.session("gallery of " + run, run)) {
                EditReport.Written gallery = EditReport.write(spark, run, EditReport.MOST_ROWS);
                System.out.print("\n" + gallery.means() + "\n" + gallery.place());
                return 0;
            }
        }
        EvaluationTables tables = EvaluationTables.open(run, sparkOptions.hadoop());
        try (SparkSession spark = sparkOptions.session("report of " + run, run)) {
            System.out.print(EvaluationReport.write(spark, tables));
            return 0;
        }
    }
}
