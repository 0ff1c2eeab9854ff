package io.sparkinversion.evaluation;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.PublicAddress;
import io.sparkinversion.job.SparkPages;
import io.sparkinversion.output.OutputDirectory;
import java.io.IOException;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/** {@code OUT/report}: the report of an evaluation or a single run, made anew from the tables. */
public final class EvaluationReport {
    private static final String FOLDER = "report";
    private static final String PAGE = "report.html";

    private EvaluationReport() {}

    /**
     * Writes the report in the place of an earlier one.
     *
     * @return for the terminal: the table, and where the report is; ends with a line break
     * @throws JobException if it cannot be written
     */
    public static String write(SparkSession spark, EvaluationTables tables) {
        OutputDirectory directory = tables.directory();
        Path folder = directory.path(FOLDER);
        String shown = PublicAddress.of(folder.toString());
        SparkPages.describe(spark.sparkContext(), "report");
        try {
            Evaluation evaluation = tables.evaluation(spark);
            Pictures pictures = tables.pictures(spark, Report.mainSteps(evaluation), Report.galleryImages(evaluation));
            Map<String, byte[]> files = Report.files(evaluation, pictures);
            directory.delete(folder);
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                directory.write(new Path(folder, file.getKey()), file.getValue());
            }
            return "\n" + Report.text(evaluation).stripTrailing() + "\n\nreport: " + shown + "/" + PAGE + "\n";
        } catch (IOException e) {
            throw new JobException("cannot write the report " + shown + ": " + e.getMessage(), e);
        } finally {
            SparkPages.describeNothing(spark.sparkContext());
        }
    }
}
