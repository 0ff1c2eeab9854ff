package io.sparkinversion.evaluation;

import io.sparkinversion.UserException;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.PublicAddress;
import io.sparkinversion.job.SparkPages;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.report.Plot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/** {@code OUT/report}: the report of an evaluation or a single run, regenerated from the tables. */
public final class EvaluationReport {
    private static final String FOLDER = "report";
    private static final String PAGE = "report.html";

    private EvaluationReport() {}

    /** @throws UserException if the library that draws the plots is not there, which a user of the library may leave out */
    public static void requirePlots() {
        try {
            Class.forName("org.knowm.xchart.XYChart");
        } catch (ClassNotFoundException e) {
            throw new UserException(
                    "evaluate draws its plots with XChart; add org.knowm.xchart:xchart to the class path", e);
        }
    }

    /**
     * Writes the report, replacing an earlier one.
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
            Pictures pictures = tables.pictures(
                    spark, evaluation.mainSteps(), GalleryChoice.of(evaluation).all());
            Map<String, byte[]> files = files(evaluation, pictures);
            directory.delete(folder);
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                directory.write(new Path(folder, file.getKey()), file.getValue());
            }
            return "\n" + text(evaluation).stripTrailing() + "\n\nreport: " + shown + "/" + PAGE + "\n";
        } catch (IOException e) {
            throw new JobException("cannot write the report " + shown + ": " + e.getMessage(), e);
        } finally {
            SparkPages.describeNothing(spark.sparkContext());
        }
    }

    /**
     * The report's files: {@code table.md} (GitHub Markdown), {@code table.csv} (full precision), {@code report.html}
     * (one page that needs nothing else), {@code plots/NAME.png}.
     *
     * @param pictures of the {@link GalleryChoice}; missing ones are not shown
     * @return name to content, names with {@code /} between folder and file
     */
    static Map<String, byte[]> files(Evaluation evaluation, Pictures pictures) {
        ResultTable table = ResultTable.of(evaluation);
        List<Plot> plots = Plots.of(evaluation, table);
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("table.md", MarkdownTable.of(evaluation, table).getBytes(StandardCharsets.UTF_8));
        files.put("table.csv", CsvTable.of(evaluation, table).getBytes(StandardCharsets.UTF_8));
        files.put(PAGE, ReportPage.html(evaluation, table, plots, pictures));
        plots.forEach(plot -> files.put("plots/" + plot.name() + ".png", plot.light()));
        return files;
    }

    /** The table for a terminal, aligned, with a line break at its end. */
    static String text(Evaluation evaluation) {
        return PlainTable.of(evaluation, ResultTable.of(evaluation));
    }
}
