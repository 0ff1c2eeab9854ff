package io.sparkinversion.nightly;

import io.sparkinversion.dataset.DatasetReader;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.PublicAddress;
import io.sparkinversion.evaluation.EvaluationJob;
import io.sparkinversion.evaluation.EvaluationJson;
import io.sparkinversion.evaluation.EvaluationSettings;
import io.sparkinversion.gallery.EditReport;
import io.sparkinversion.job.InversionJob;
import io.sparkinversion.job.Progress;
import io.sparkinversion.output.DatasetSource;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.output.RunJson;
import io.sparkinversion.output.RunLock;
import io.sparkinversion.output.RunLock.Attempt;
import io.sparkinversion.worker.WaveProcessor;
import io.sparkinversion.worker.WorkerSettings;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * An evaluation, or an editing run, that must not be worse than the one before.
 *
 * <pre>
 * OUT/runs/2026-11-23T02-00-00Z/   an evaluation, with verdict.json and verdict.md
 * OUT/history.csv                  a line for each run, method and step count
 * OUT/history.png                  quality and time over the runs
 * </pre>
 */
public final class NightlyJob {
    private static final String RUNS = "runs";
    private static final String PLOT = "history.png";
    private static final List<String> OWN = List.of(RUNS, History.FILE, PLOT);
    private static final DateTimeFormatter NAME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH-mm-ss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final NightlySettings settings;
    private final SparkSession spark;
    private final OutputDirectory output;
    private final History history;
    private final PrintStream out;
    private final Clock clock;

    private NightlyJob(NightlySettings settings, SparkSession spark, PrintStream out, Clock clock) throws IOException {
        this.settings = settings;
        this.spark = spark;
        this.output = new OutputDirectory(settings.output(), configuration(spark));
        this.history = new History(output, configuration(spark));
        this.out = out;
        this.clock = clock;
    }

    /**
     * Runs the evaluation, compares it, and adds the verdict to the history.
     *
     * @param processors makes the work of Spark's tasks from the settings of one step count
     * @param out prints what the evaluation prints, and the verdict at the end
     * @param progress a new display for each part of the evaluation
     * @param clock names the run
     * @throws JobException if the output belongs to something else, the baseline does not exist or is not comparable,
     *     the dataset cannot be read, or a wave fails; then there is no verdict and no line in the history
     */
    public static Verdict run(
            NightlySettings settings,
            Function<WorkerSettings, WaveProcessor> processors,
            SparkSession spark,
            PrintStream out,
            Supplier<Progress> progress,
            Clock clock) {
        try {
            return new NightlyJob(settings, spark, out, clock).run(processors, progress);
        } catch (IOException e) {
            String address = PublicAddress.of(settings.output());
            throw new JobException("cannot read or write the output " + address + ": " + e.getMessage(), e);
        }
    }

    private Verdict run(Function<WorkerSettings, WaveProcessor> processors, Supplier<Progress> progress)
            throws IOException {
        // A foreign directory must not even be locked, and a misspelt dataset leaves no trace.
        requireOurs();
        DatasetReader.requireDataset(settings.dataset(), configuration(spark));
        try (RunLock lock = RunLock.acquire(output, clock, Attempt.of(spark.sparkContext()))) {
            Baseline baseline = baseline();
            announce(baseline);
            Instant began = clock.instant().truncatedTo(ChronoUnit.SECONDS);
            String name = unusedName(began);
            OutputDirectory directory = output.folder(RUNS).folder(name);
            compute(directory.root().toString(), processors, progress);
            Verdict verdict = verdict(began, name, directory, baseline);
            lock.verify();
            directory.write(directory.path("verdict.md"), verdict.markdown());
            directory.write(directory.path("verdict.json"), verdict.json());
            List<HistoryRow> all = history.add(HistoryRow.of(verdict));
            output.write(output.path(PLOT), HistoryPlot.png(all));
            out.print("\n" + verdict.text() + "\nverdict: " + shown(directory.path("verdict.json")) + "\nhistory: "
                    + shown(output.path(History.FILE)) + ", " + shown(output.path(PLOT)) + "\n");
            return verdict;
        }
    }

    private void compute(
            String directory, Function<WorkerSettings, WaveProcessor> processors, Supplier<Progress> progress) {
        if (settings.edits() == null) {
            EvaluationJob.run(settings.into(directory), processors, spark, out, progress);
            return;
        }
        JobSettings edits = settings.editsInto(directory);
        InversionJob.run(edits, processors.apply(edits.worker()), spark, out, progress.get());
        out.print(EditReport.write(spark, directory, EditReport.MOST_ROWS).place());
    }

    private Baseline baseline() throws IOException {
        Baseline.Search search = settings.edits() == null ? ofEvaluation() : ofEdits();
        return settings.baseline() == null ? search.last() : search.asked(settings.baseline());
    }

    private Baseline.Search ofEdits() throws IOException {
        JobSettings edits = settings.edits();
        RunJson wanted = RunJson.of(
                edits,
                DatasetSource.of(edits.dataset(), configuration(spark)),
                output,
                spark.version(),
                clock.instant().toString());
        return new Baseline.Search(
                spark, output.folder(RUNS), history.read(), RunReader.settings(wanted), EditRuns.combinations(edits));
    }

    private Baseline.Search ofEvaluation() throws IOException {
        EvaluationSettings evaluation = settings.evaluation();
        EvaluationJson wanted = EvaluationJson.of(
                evaluation,
                DatasetSource.of(evaluation.run().dataset(), configuration(spark)),
                output,
                spark.version(),
                clock.instant().toString());
        return new Baseline.Search(
                spark,
                output.folder(RUNS),
                history.read(),
                RunReader.settings(wanted),
                RunReader.combinations(wanted.methods(), wanted.steps()));
    }

    private Verdict verdict(Instant began, String name, OutputDirectory directory, Baseline baseline)
            throws IOException {
        Run measured = RunReader.read(spark, directory, name, settings.codeVersionOrOwn());
        Run run = new Run(
                name,
                began.toString(),
                measured.codeVersion(),
                measured.settings(),
                measured.combinations(),
                measured.measurements());
        return baseline.run() == null
                ? Verdict.first(run, settings.limits(), baseline.notes())
                : Verdict.of(run, baseline.run(), settings.limits(), baseline.notes());
    }

    private void announce(Baseline baseline) {
        baseline.notes().forEach(out::println);
        out.println(
                baseline.run() == null
                        ? "no baseline: later runs will be compared with this one"
                        : "baseline: " + baseline.run().name() + " (code "
                                + baseline.run().codeVersion() + ")");
    }

    /** Runs start within the same second only if there is next to nothing to do. */
    private String unusedName(Instant began) throws IOException {
        List<String> taken = output.folder(RUNS).names();
        String name = NAME.format(began);
        String free = name;
        for (int number = 2; taken.contains(free); number++) {
            free = name + "-" + number;
        }
        return free;
    }

    private void requireOurs() throws IOException {
        String others = output.names().stream()
                .filter(name -> !OWN.contains(name) && !name.startsWith("_") && !name.startsWith("."))
                .sorted()
                .limit(3)
                .collect(Collectors.joining(", "));
        if (!others.isEmpty()) {
            throw new JobException("the output directory " + shown(output.root()) + " holds files other than"
                    + " nightly runs (" + others + "); choose another --output");
        }
    }

    private static String shown(Path path) {
        return PublicAddress.of(path.toString());
    }

    private static Configuration configuration(SparkSession spark) {
        return spark.sessionState().newHadoopConf();
    }
}
