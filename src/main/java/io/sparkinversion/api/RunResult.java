package io.sparkinversion.api;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.output.Replacements;
import io.sparkinversion.output.ResultTables;
import io.sparkinversion.output.Table;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** What a run has written. The tables are read from the output when they are asked for. */
public final class RunResult {
    private final Supplier<SparkSession> session;
    private final List<String> folders;
    private final List<RunSummary> summaries;

    RunResult(Supplier<SparkSession> session, List<String> folders, List<RunSummary> summaries) {
        this.session = session;
        this.folders = List.copyOf(folders);
        this.summaries = List.copyOf(summaries);
    }

    /** Scores and costs: a row for each image and method, of edits for each image, method, control and edit. */
    public Dataset<Row> metrics() {
        return read(Table.METRICS);
    }

    /** The original, the reconstruction and the edit, each as {@code struct<bytes, path>} of a PNG file. */
    public Dataset<Row> images() {
        return read(Table.IMAGES);
    }

    /** The latents z_T, little-endian in column data, and of edits what else they start from. */
    public Dataset<Row> latents() {
        return read(Table.LATENTS);
    }

    /** Means, failures and costs; of an evaluation those of the run with the most steps. */
    public RunSummary summary() {
        return summaries.get(summaries.size() - 1);
    }

    /** One for each step count, ascending. */
    public List<RunSummary> summaries() {
        return summaries;
    }

    /** Addresses of the run directories, one for each step count, ascending. */
    public List<String> folders() {
        return folders;
    }

    private Dataset<Row> read(Table table) {
        return folders.stream()
                .map(folder -> read(table, folder))
                .reduce(Dataset::unionByName)
                .orElseThrow();
    }

    private Dataset<Row> read(Table table, String folder) {
        SparkSession spark = session.get();
        try {
            OutputDirectory output =
                    new OutputDirectory(folder, spark.sessionState().newHadoopConf());
            return new ResultTables(spark, output).read(table, new Replacements(output).valid());
        } catch (IOException e) {
            throw new JobException("cannot read the output " + folder + ": " + e.getMessage(), e);
        }
    }
}
