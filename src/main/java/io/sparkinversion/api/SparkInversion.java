package io.sparkinversion.api;

import io.sparkinversion.UserException;
import io.sparkinversion.dataset.DatasetReader;
import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.EditSource;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.dataset.format.Reading;
import io.sparkinversion.evaluation.EvaluationJob;
import io.sparkinversion.evaluation.EvaluationReport;
import io.sparkinversion.evaluation.EvaluationSettings;
import io.sparkinversion.evaluation.PaperProtocol;
import io.sparkinversion.evaluation.Protocol;
import io.sparkinversion.gallery.EditReport;
import io.sparkinversion.job.FinishedRun;
import io.sparkinversion.job.InversionJob;
import io.sparkinversion.job.Progress;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.worker.EngineRegistry;
import io.sparkinversion.worker.InversionWorker;
import io.sparkinversion.worker.ModelInfo;
import io.sparkinversion.worker.WorkerSettings;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.network.util.JavaUtils;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Inverts, edits and evaluates the images of a dataset inside a Spark program:
 *
 * <pre>{@code
 * RunResult run = SparkInversion.on(spark)
 *         .model("s3a://bucket/sd15")
 *         .images(df)
 *         .methods("negative-prompt")
 *         .output("s3a://bucket/runs/1")
 *         .invert();
 * Dataset<Row> metrics = run.metrics();
 * }</pre>
 *
 * <p>A run on an output that holds results resumes it: rows whose image, caption, edits and settings are as they were
 * stay. The session is the caller's, and is as it was when a run ends. Models stay loaded for the next run until
 * {@link #closeEngines}. One object describes one run; it is not for several threads, several objects are.
 */
public final class SparkInversion extends InversionOptions<SparkInversion> {
    /** Compiles what is compiled at first use; the steps of a trajectory are all alike. */
    private static final int WARM_UP_STEPS = 2;

    private final Supplier<SparkSession> session;
    private final Configuration hadoop;
    private Dataset<Row> rows;
    private String root;
    private String captions;
    private Format format = choice("format", Format.class, InversionSettings.FORMAT);
    private final Reading.Builder reading = new Reading.Builder();
    private long limit = InversionSettings.LIMIT;
    private Long sample;
    private long seed = InversionSettings.SEED;
    private String output;
    private String master = "";
    /** Of the model that was read last. */
    private ModelInfo info;

    private int partitions = InversionSettings.PARTITIONS;
    private int waveSize = InversionSettings.WAVE_SIZE;
    private Duration stallTimeout = Duration.ofSeconds(JavaUtils.timeStringAsSec(InversionSettings.STALL_TIMEOUT));
    private Resume resume = Resume.REUSE;
    private PrintStream out = new PrintStream(OutputStream.nullOutputStream());
    private Supplier<Progress> progress = () -> new Progress(out, Progress.Style.PLAIN_LINES, System::nanoTime);

    private SparkInversion(Supplier<SparkSession> session, Configuration hadoop) {
        this.session = session;
        this.hadoop = hadoop;
    }

    /** A run in the session, with the session's own settings of file systems. */
    public static SparkInversion on(SparkSession spark) {
        return new SparkInversion(() -> spark, spark.sessionState().newHadoopConf());
    }

    /**
     * A run in a session that starts only when all settings have been checked.
     *
     * @param session asked once a run
     * @param hadoop how to reach files before there is a session
     */
    public static SparkInversion on(Supplier<SparkSession> session, Configuration hadoop) {
        return new SparkInversion(session, hadoop);
    }

    /**
     * The images as a data frame. Columns: {@code image} (binary, or {@code struct<bytes, path>}) or {@code path} (an
     * absolute path or an address); {@code caption}; if they are there {@code id}, {@code edit_prompt} and
     * {@code blend_words}, which may be lists. Without an id an image's path is its id, or a hash of its content. The
     * data frame is evaluated once a run and held on the executors' disks meanwhile.
     */
    public SparkInversion images(Dataset<Row> dataFrame) {
        rows = Objects.requireNonNull(dataFrame);
        root = null;
        return this;
    }

    /** The images as a folder with captions, Parquet, COCO or PIE-Bench: a local path or an address. */
    public SparkInversion images(String address) {
        root = address;
        rows = null;
        return this;
    }

    /** The captions file of a folder that has none under a usual name. */
    public SparkInversion captions(String address) {
        captions = address;
        return this;
    }

    /** How a folder keeps its captions. Default: found out. */
    public SparkInversion format(Format stored) {
        format = stored;
        return this;
    }

    /**
     * Says what else of the dataset is not to be found out: columns, captions, encoding, split.
     *
     * @param how sets the options
     */
    public SparkInversion reading(Consumer<Reading.Builder> how) {
        how.accept(reading);
        return this;
    }

    /** Takes only the first rows; 0, the default, takes all. */
    public SparkInversion limit(long count) {
        limit = count;
        return this;
    }

    /** Draws so many of the rows; 0 takes all. Default: all, but 100 in the paper's protocol. */
    public SparkInversion sample(long count) {
        sample = count;
        return this;
    }

    /** Of the sample: the same rows are drawn with the same seed. Default: {@value InversionSettings#SEED}. */
    public SparkInversion seed(long number) {
        seed = number;
        return this;
    }

    /** Which master the session will have, where it is not there yet: a missing GPU is then found before it starts. */
    public SparkInversion master(String url) {
        master = url;
        return this;
    }

    /** The directory of the result tables: a local path or an address. Required. */
    public SparkInversion output(String address) {
        output = address;
        return this;
    }

    /** Tasks a wave; 0, the default, takes Spark's default parallelism. */
    public SparkInversion partitions(int count) {
        partitions = count;
        return this;
    }

    /** Images that commit together; 0, the default, takes as many as are computed in about half a minute. */
    public SparkInversion waveSize(int images) {
        waveSize = images;
        return this;
    }

    /**
     * How long an executor may make no progress before its process exits, so that Spark replaces it. With a local master
     * that process is this one. Default: {@value InversionSettings#STALL_TIMEOUT}.
     */
    public SparkInversion stallTimeout(Duration time) {
        if (time.isZero() || time.isNegative()) {
            throw new UserException("stall timeout is " + time + "; it must be a second or more");
        }
        stallTimeout = time;
        return this;
    }

    /** What becomes of results that the output holds already. Default: {@link Resume#REUSE}. */
    public SparkInversion resume(Resume how) {
        resume = how;
        return this;
    }

    /**
     * Who is told how the run goes. Default: nobody.
     *
     * @param lines takes what is to be done, and the summary
     * @param display shows the progress; asked once for each step count
     */
    public SparkInversion reportTo(PrintStream lines, Supplier<Progress> display) {
        out = lines;
        progress = display;
        return this;
    }

    /**
     * Inverts and reconstructs the images, and measures the reconstructions.
     *
     * @throws UserException if a setting, the model or the dataset cannot be used, the output belongs to something else
     *     or to another run, or a wave fails; what was committed stays
     */
    public RunResult invert() {
        return run(inversion(), false);
    }

    /**
     * Edits the images and writes a gallery beside the tables.
     *
     * @param how sets the edits' options
     * @throws UserException as {@link #invert}
     */
    public RunResult edit(Consumer<Edits> how) {
        Edits edits = new Edits();
        how.accept(edits);
        return edit(edits);
    }

    /** See {@link #edit(Consumer)}. */
    public RunResult edit(Edits edits) {
        return run(editing(edits), true);
    }

    /**
     * Compares methods and step counts, and writes a report.
     *
     * @param what sets what is compared
     * @throws UserException as {@link #invert}
     */
    public RunResult evaluate(Consumer<MethodComparison> what) {
        MethodComparison comparison = new MethodComparison();
        what.accept(comparison);
        return evaluate(comparison);
    }

    /** See {@link #evaluate(Consumer)}. */
    public RunResult evaluate(MethodComparison comparison) {
        EvaluationSettings settings = evaluation(comparison);
        EvaluationReport.requirePlots();
        boolean asInPaper = settings.protocol() == Protocol.PAPER;
        String head = asInPaper ? PaperProtocol.text(settings.run().worker()) + "\n" : "";
        return unlessFinished(settings.run(), settings.toString(), head, settings.folders(), spark -> {
            EvaluationJob.Outcome outcome = EvaluationJob.run(settings, rows, this::worker, spark, out, progress);
            return new Done(outcome.parts(), outcome.report());
        });
    }

    private RunResult run(JobSettings settings, boolean gallery) {
        return unlessFinished(settings, settings.toString(), "", List.of(settings.output()), spark -> {
            RunSummary summary =
                    InversionJob.run(settings, rows, worker(settings.worker()), spark, out, progress.get());
            String place = gallery
                    ? EditReport.write(spark, settings.output(), EditReport.MOST_ROWS)
                            .place()
                    : "";
            out.print(place);
            return new Done(List.of(summary), place);
        });
    }

    /** What a run came to, and what it printed last. */
    private record Done(List<RunSummary> summaries, String closing) {}

    /** Runs something, unless an earlier run has done it all and no file has changed since. */
    private RunResult unlessFinished(
            JobSettings settings, String text, String head, List<String> folders, Function<SparkSession, Done> run) {
        FinishedRun finished = rows == null ? FinishedRun.of(settings, text, hadoop) : null;
        Optional<FinishedRun.Found> found = finished == null ? Optional.empty() : finished.find();
        boolean retries = settings.resume() == Resume.RETRY_FAILED
                && found.map(FinishedRun.Found::hasFailures).orElse(false);
        boolean nothingToDo = found.isPresent() && !retries;
        if (!nothingToDo) {
            Surroundings.require(settings, master);
            if (finished != null) {
                DatasetReader.requireDataset(settings.dataset(), hadoop);
                finished.begin();
            }
        }
        info.lines(settings.worker()).forEach(out::println);
        out.print(head);
        if (nothingToDo) {
            out.println("nothing to do: since the last run neither the dataset, nor the settings, nor the results have"
                    + " changed");
            found.get().summaries().forEach(summary -> out.print(summary.text()));
            out.print(found.get().closing());
            return new RunResult(session, folders, found.get().summaries());
        }
        SparkSession spark = session.get();
        return LocalProperties.restoredAfter(spark.sparkContext(), () -> {
            Done done = run.apply(spark);
            if (finished != null) {
                finished.remember(done.summaries(), done.closing());
            }
            return new RunResult(session, folders, done.summaries());
        });
    }

    /**
     * The settings of {@link #invert}, checked and completed with what the model says. Needs no Spark.
     *
     * @throws UserException if one of them, the model or the LPIPS weights cannot be used
     */
    public JobSettings inversion() {
        return job(dataset(EditSource.NONE, 0), worker(0));
    }

    /** Likewise of {@link #edit(Edits)}. */
    public JobSettings editing(Edits edits) {
        if (!edits.rowMethods().isEmpty()) {
            methods(edits.rowMethods());
        }
        WorkerSettings worker = worker(0).editing(edits.recipe());
        edits.require(worker.methods());
        return job(dataset(edits.source(), 0), worker);
    }

    /** Likewise of {@link #evaluate(MethodComparison)}. */
    public EvaluationSettings evaluation(MethodComparison comparison) {
        boolean asInPaper = comparison.protocol() == Protocol.PAPER;
        PaperProtocol paper =
                new PaperProtocol(option -> option.equals("steps") ? comparison.stepsGiven() : isGiven(option));
        List<Integer> counts = asInPaper ? paper.steps(comparison.steps()) : comparison.steps();
        if (counts.isEmpty()) {
            throw new JobException("steps: none given; name one or more step counts of 1 to 1000");
        }
        methods(comparison.methods());
        InversionSettings settings = settings();
        ModelInfo model = readModel(settings);
        WorkerSettings asked = settings.worker(model, hadoop)
                .steps(Collections.max(counts))
                .warmUp(WARM_UP_STEPS)
                .build();
        WorkerSettings worker = asInPaper ? paper.worker(asked, model.trained()) : asked;
        JobSettings run = job(dataset(EditSource.NONE, asInPaper ? PaperProtocol.SAMPLE : 0), worker);
        return new EvaluationSettings(run, counts, comparison.protocol());
    }

    /** What works on the images in Spark's tasks. */
    public InversionWorker worker(WorkerSettings settings) {
        return new InversionWorker(settings, stallTimeout);
    }

    /**
     * Closes the models that runs have loaded into this process, which is where a local master has them; waits for
     * batches under way. Other runs load them again.
     */
    public static void closeEngines() {
        EngineRegistry.closeAll();
    }

    @Override
    SparkInversion self() {
        return this;
    }

    private WorkerSettings worker(int warmUp) {
        InversionSettings settings = settings();
        return settings.worker(readModel(settings), hadoop).warmUp(warmUp).build();
    }

    private ModelInfo readModel(InversionSettings settings) {
        info = ModelInfo.read(settings.model(), settings.additions(), hadoop);
        return info;
    }

    private DatasetSettings dataset(EditSource edits, long sampleByDefault) {
        long drawn = sample == null ? sampleByDefault : sample;
        return rows != null
                ? DatasetSettings.ofDataFrame(limit, drawn, seed, edits, reading.build())
                : new DatasetSettings(root, captions, format, limit, drawn, seed, edits, reading.build());
    }

    private JobSettings job(DatasetSettings dataset, WorkerSettings worker) {
        return new JobSettings(
                dataset, output, worker, InversionSettings.lpipsName(worker), partitions, waveSize, resume);
    }
}
