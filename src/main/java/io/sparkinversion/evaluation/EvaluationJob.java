package io.sparkinversion.evaluation;

import io.sparkinversion.dataset.DatasetReader;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.ManifestSchema;
import io.sparkinversion.dataset.PublicAddress;
import io.sparkinversion.job.InversionJob;
import io.sparkinversion.job.Progress;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.job.WorkList;
import io.sparkinversion.output.DatasetCard;
import io.sparkinversion.output.DatasetSource;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.output.RunLock;
import io.sparkinversion.output.RunLock.Attempt;
import io.sparkinversion.report.Numbers;
import io.sparkinversion.worker.WaveProcessor;
import io.sparkinversion.worker.WorkerSettings;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Compares methods over step counts: a run of {@link InversionJob} for each step count, the cheapest first, then the
 * report. If interrupted, run it again with the same settings to resume.
 *
 * <pre>
 * OUT/evaluation.json   what it was made with
 * OUT/steps-0050/       a complete run directory for each step count
 * OUT/report/           the report
 * </pre>
 */
public final class EvaluationJob {
    private final EvaluationSettings settings;
    private final Dataset<Row> images;
    private final SparkSession spark;
    private final OutputDirectory output;
    private final PrintStream out;
    private final Clock clock = Clock.systemUTC();

    private EvaluationJob(EvaluationSettings settings, Dataset<Row> images, SparkSession spark, PrintStream out)
            throws IOException {
        this.settings = settings;
        this.images = images;
        this.spark = spark;
        this.output = new OutputDirectory(settings.run().output(), configuration(spark));
        this.out = out;
    }

    /**
     * What an evaluation came to.
     *
     * @param parts one for each step count, ascending
     * @param report the table, and where the report is, as the terminal shows it
     */
    public record Outcome(List<RunSummary> parts, String report) {
        public Outcome {
            parts = List.copyOf(parts);
        }
    }

    /**
     * Runs the evaluation to its end.
     *
     * @param processors makes the work of Spark's tasks from the settings of one step count
     * @param out prints which part runs and its results, at the end the whole table
     * @param progress a new display for each part
     * @throws JobException if the output belongs to something else or to another evaluation, the dataset cannot be
     *     read, or a wave fails; what was committed stays, and the same command resumes from there
     */
    public static Outcome run(
            EvaluationSettings settings,
            Function<WorkerSettings, WaveProcessor> processors,
            SparkSession spark,
            PrintStream out,
            Supplier<Progress> progress) {
        return run(settings, null, processors, spark, out, progress);
    }

    /**
     * The same with the images of a data frame.
     *
     * @param images see {@link InversionJob}; null for those of the settings' address
     */
    public static Outcome run(
            EvaluationSettings settings,
            Dataset<Row> images,
            Function<WorkerSettings, WaveProcessor> processors,
            SparkSession spark,
            PrintStream out,
            Supplier<Progress> progress) {
        try {
            return new EvaluationJob(settings, images, spark, out).run(processors, progress);
        } catch (IOException e) {
            String address = PublicAddress.of(settings.run().output());
            throw new JobException("cannot read or write the output " + address + ": " + e.getMessage(), e);
        }
    }

    private Outcome run(Function<WorkerSettings, WaveProcessor> processors, Supplier<Progress> progress)
            throws IOException {
        DatasetSource source = DatasetSource.of(settings.run().dataset(), configuration(spark));
        EvaluationJson wanted = EvaluationJson.of(
                settings, source, output, spark.version(), clock.instant().toString());
        // Twice: a foreign directory must not even be locked, and another evaluation may have begun in between.
        requireOurs(wanted);
        // A misspelt dataset leaves no trace.
        if (images == null) {
            DatasetReader.requireDataset(settings.run().dataset(), configuration(spark));
        }
        try (RunLock lock = RunLock.acquire(output, clock, Attempt.of(spark.sparkContext()))) {
            requireOurs(wanted);
            wanted.write(output);
            List<RunSummary> summaries = parts(wanted, processors, progress, lock);
            output.write(
                    output.path("README.md"),
                    DatasetCard.ofEvaluation(summaries.get(summaries.size() - 1).images()));
            String report = EvaluationReport.write(spark, EvaluationTables.open(output));
            out.print(report);
            return new Outcome(summaries, report);
        }
    }

    private List<RunSummary> parts(
            EvaluationJson evaluation,
            Function<WorkerSettings, WaveProcessor> processors,
            Supplier<Progress> progress,
            RunLock lock)
            throws IOException {
        EvaluationJson state = evaluation;
        List<RunSummary> summaries = new ArrayList<>();
        for (int steps : settings.inOrder()) {
            lock.verify();
            JobSettings part = settings.part(steps);
            int methods = part.worker().methods().size();
            out.println(
                    "part " + (summaries.size() + 1) + " of " + settings.steps().size() + ": "
                            + Numbers.count(steps, "step") + ", " + Numbers.count(methods, "method") + ", in "
                            + EvaluationSettings.folderName(steps));
            summaries.add(InversionJob.run(part, images, processors.apply(part.worker()), spark, out, progress.get()));
            if (state.sampleIds() == null && listsSample()) {
                state = state.withSample(sample(part));
                state.write(output);
            }
        }
        state.finished(clock.instant().toString()).write(output);
        return summaries;
    }

    private boolean listsSample() {
        long sample = settings.run().dataset().sample();
        return sample > 0 && sample <= EvaluationJson.MOST_IDS;
    }

    /** Ids in the manifest of a part that has run. */
    private List<String> sample(JobSettings part) throws IOException {
        OutputDirectory directory = new OutputDirectory(part.output(), configuration(spark));
        return spark.read()
                .parquet(WorkList.folder(directory).toString())
                .orderBy(ManifestSchema.ROW_INDEX)
                .select(ManifestSchema.IMAGE_ID)
                .as(Encoders.STRING())
                .collectAsList();
    }

    private void requireOurs(EvaluationJson wanted) throws IOException {
        EvaluationJson there = EvaluationJson.FILE.read(output);
        if (there != null && hasResults(there)) {
            there.requireSame(wanted);
        }
    }

    /** Whether any part has committed a wave. */
    private boolean hasResults(EvaluationJson evaluation) throws IOException {
        for (int steps : evaluation.steps()) {
            if (output.folder(EvaluationSettings.folderName(steps)).hasCommittedWaves()) {
                return true;
            }
        }
        return false;
    }

    private static Configuration configuration(SparkSession spark) {
        return spark.sessionState().newHadoopConf();
    }
}
