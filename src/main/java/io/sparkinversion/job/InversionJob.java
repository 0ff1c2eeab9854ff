package io.sparkinversion.job;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.when;

import io.sparkinversion.dataset.DatasetReader;
import io.sparkinversion.dataset.DatasetRows;
import io.sparkinversion.dataset.HeldRows;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.ManifestSchema;
import io.sparkinversion.dataset.PublicAddress;
import io.sparkinversion.output.DatasetCard;
import io.sparkinversion.output.DatasetSource;
import io.sparkinversion.output.ImageRows;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.output.Replacements;
import io.sparkinversion.output.ResultSchema;
import io.sparkinversion.output.ResultTables;
import io.sparkinversion.output.RunJson;
import io.sparkinversion.output.RunLock;
import io.sparkinversion.output.RunLock.Attempt;
import io.sparkinversion.output.StorageException;
import io.sparkinversion.output.Table;
import io.sparkinversion.report.Numbers;
import io.sparkinversion.worker.WaveProcessor;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The main job: every image of a dataset inverted, reconstructed and scored, into Parquet tables. Started again with
 * the same settings it goes on where it ended; see {@link JobSettings.Resume}.
 */
public final class InversionJob {
    private final JobSettings settings;
    private final Dataset<Row> images;
    private final SparkSession spark;
    private final OutputDirectory output;
    private final PrintStream out;
    private final Clock clock = Clock.systemUTC();
    private final Instant started = clock.instant();

    private InversionJob(JobSettings settings, Dataset<Row> images, SparkSession spark, PrintStream out)
            throws IOException {
        this.settings = settings;
        this.images = images;
        this.spark = spark;
        this.output = new OutputDirectory(settings.output(), configuration(spark));
        this.out = out;
    }

    /**
     * Runs the job to its end.
     *
     * @param processor does the work in Spark's tasks
     * @param out is told what is to be done and, at the end, what has come of it
     * @param progress shows how far it is; closed at the end
     * @throws JobException if the output belongs to something else or to another run, the dataset cannot be read, or a
     *     wave fails; what was committed stays, and the same command goes on from there
     */
    public static RunSummary run(
            JobSettings settings, WaveProcessor processor, SparkSession spark, PrintStream out, Progress progress) {
        return run(settings, null, processor, spark, out, progress);
    }

    /**
     * Likewise, with the images of a data frame.
     *
     * @param images as {@link DatasetReader#open(Dataset, io.sparkinversion.dataset.DatasetSettings, HeldRows)} takes
     *     them; null for those of the settings' address
     */
    public static RunSummary run(
            JobSettings settings,
            Dataset<Row> images,
            WaveProcessor processor,
            SparkSession spark,
            PrintStream out,
            Progress progress) {
        Runnable noLonger = ExecutorWait.announce(spark.sparkContext(), out);
        try (progress) {
            return new InversionJob(settings, images, spark, out).run(processor, progress);
        } catch (IOException e) {
            String address = PublicAddress.of(settings.output());
            String storage = StorageException.reason(e);
            if (storage != null) {
                throw new StorageException("cannot write the output " + address + ": " + storage, e);
            }
            throw new JobException("cannot read or write the output " + address + ": " + e.getMessage(), e);
        } finally {
            noLonger.run();
        }
    }

    private RunSummary run(WaveProcessor processor, Progress progress) throws IOException {
        DatasetSource source = DatasetSource.of(settings.dataset(), configuration(spark));
        RunJson asked = RunJson.of(settings, source, output, spark.version(), started.toString());
        // Twice: a directory of somebody else's must not even be locked, and another run may have begun in between.
        requireOurs(asked);
        try (RunLock lock = RunLock.acquire(output, clock, Attempt.of(spark.sparkContext()))) {
            SharedPaths.require(spark.sparkContext(), settings, RunLock.file(output));
            RunJson wanted = asked.after(requireOurs(asked));
            SortedSet<Integer> committed = new Replacements(output).recover();
            output.delete(WorkList.staging(output));
            Planned planned = plan(committed, wanted);
            SparkPages.describeNothing(spark.sparkContext());
            return compute(planned, lock, processor, progress, wanted);
        }
    }

    /** What is to be done, and its rows. */
    private record Planned(WavePlan plan, WorkList workList) {}

    private Planned plan(SortedSet<Integer> committed, RunJson wanted) throws IOException {
        describe("read and plan the dataset");
        try (HeldRows held = new HeldRows()) {
            return plan(committed, wanted, held);
        } catch (Exception e) {
            // Not declared, so not to be caught by type.
            if (!(e instanceof SparkThrowable)) {
                throw e;
            }
            // Rows are read when they are needed: while they are compared with those of the output, or written there.
            String file = DatasetReader.failedFile(e);
            String storage = StorageException.reason(e);
            if (storage != null) {
                throw new StorageException(
                        "cannot write the output " + address() + ": " + storage
                                + "; nothing is lost, and the same command goes on from there",
                        e);
            }
            if (file != null && file.contains(output.root().toUri().getPath())) {
                throw new JobException(
                        "cannot read or write the output " + address() + ": " + JobException.firstLine(e), e);
            }
            throw DatasetReader.unreadable(PublicAddress.of(settings.dataset().root()), e);
        }
    }

    private Planned plan(SortedSet<Integer> committed, RunJson wanted, HeldRows held) throws IOException {
        DatasetRows read = images == null
                ? DatasetReader.open(spark, settings.dataset(), held)
                : DatasetReader.open(images, settings.dataset(), held);
        int piece = settings.imagesPerPiece(spark.sparkContext().defaultParallelism(), read.count());
        Dataset<Row> dataset = Manifest.plan(read.rows(), piece);
        Comparison comparison = committed.isEmpty()
                ? Comparison.ofFirstRun(dataset, read.count(), piece)
                : compare(dataset, committed, held);
        int firstNumber = committed.isEmpty() ? 0 : committed.last() + 1;
        WavePlan plan = WavePlan.of(comparison.counts(), firstNumber, piece, imagesPerWave());
        announce(read);
        announce(plan, read.leftOut());
        // Only now that the dataset has been read: a misspelt one leaves no trace.
        wanted.write(output);
        output.write(output.path("README.md"), DatasetCard.of(wanted, plan.total()));
        WorkList workList = WorkList.write(spark, output, comparison, plan);
        if (plan.images() == 0 || !hasInlineImages(dataset)) {
            return new Planned(plan, workList);
        }
        describe("stage inline images");
        return new Planned(plan, workList.staged(spark, output, dataset, parallelism()));
    }

    private RunSummary compute(Planned planned, RunLock lock, WaveProcessor processor, Progress progress, RunJson run)
            throws IOException {
        WavePlan plan = planned.plan();
        SparkMonitor monitor = new SparkMonitor(spark.sparkContext());
        RunPlatforms platforms = new RunPlatforms(run, monitor, output);
        try (LiveCounts live = new LiveCounts(spark.sparkContext(), monitor)) {
            progress.beginTicking(plan.total(), plan.reused(), expectedEvaluations(planned), live);
            WaveWriter writer = new WaveWriter(spark, output, lock, planned.workList(), settings, processor, monitor);
            WavePace pace = settings.waveSize() > 0 ? null : new WavePace(System::nanoTime, Waves.OVERLAP);
            new Waves(spark.sparkContext(), output, writer, platforms::note, pace).run(plan);
        } finally {
            progress.close();
        }
        output.delete(WorkList.staging(output));
        describe("summarise");
        Dataset<Row> metrics = new ResultTables(spark, output).read(Table.METRICS, output.committedWaves());
        RunSummary summary = summary(metrics, plan, monitor);
        SparkPages.describeNothing(spark.sparkContext());
        platforms.run().finished(clock.instant().toString(), summary.counters()).write(output);
        out.print(summary.text());
        return summary;
    }

    /** The run to which the output belongs; null where there is none. */
    private RunJson requireOurs(RunJson wanted) throws IOException {
        RunJson there = RunJson.read(output);
        // A run that ended before its first commit, of a damaged model say, has nothing that another could mix up.
        if (there != null && output.hasCommittedWaves()) {
            if (settings.resume() == Resume.RECOMPUTE) {
                there.requireSameRows(wanted);
            } else {
                there.requireSame(wanted);
            }
        }
        return there;
    }

    private Comparison compare(Dataset<Row> dataset, SortedSet<Integer> committed, HeldRows held) {
        Dataset<Row> earlier = new ResultTables(spark, output).read(Table.METRICS, committed);
        return Comparison.of(dataset, oneAnImage(earlier), settings, held);
    }

    /** A metrics row for every image, failed where any of its rows is. */
    private Dataset<Row> oneAnImage(Dataset<Row> metrics) {
        Dataset<Row> first = metrics.where(ImageRows.of(settings).first());
        if (settings.worker().edit() == null) {
            return first;
        }
        Dataset<Row> failed = metrics.where(col("status").equalTo(ResultSchema.FAILED))
                .select(col("image_id").as("failed_id"))
                .distinct();
        return first.join(failed, col("image_id").equalTo(col("failed_id")), "left")
                .withColumn(
                        "status",
                        when(col("failed_id").isNotNull(), ResultSchema.FAILED).otherwise(col("status")));
    }

    private static boolean hasInlineImages(Dataset<Row> dataset) {
        return !dataset.where(col(ManifestSchema.BYTES).isNotNull()).limit(1).isEmpty();
    }

    /** Which dataset it is: the run's first line. */
    private void announce(DatasetRows read) {
        String further = read.further() == 0
                ? ""
                : "; " + Numbers.count(read.further(), "further caption") + " of the same images left out";
        out.println("dataset: " + read.description() + further);
    }

    /** @param leftOut rows of the dataset that have no edit */
    private void announce(WavePlan plan, long leftOut) {
        StringBuilder line = new StringBuilder();
        boolean paced = settings.waveSize() == 0 && plan.images() > 0;
        line.append(Numbers.count(plan.images(), "image"))
                .append(" to compute in ")
                .append(
                        paced
                                ? "waves of about half a minute"
                                : Numbers.count(plan.waves().size(), "wave"));
        if (plan.reused() > 0) {
            line.append(", ").append(plan.reused()).append(" reused");
        }
        if (plan.gone() > 0) {
            line.append(", ").append(plan.gone()).append(" dropped (no longer in the dataset)");
        }
        if (leftOut > 0) {
            line.append(", ").append(leftOut).append(" left out (without an edit)");
        }
        out.println(line);
    }

    private RunSummary summary(Dataset<Row> metrics, WavePlan plan, SparkMonitor monitor) {
        ImageRows images = ImageRows.of(settings);
        SummaryReader.Images counts = SummaryReader.images(metrics, images);
        return new RunSummary(
                images.edited() ? List.of() : SummaryReader.methods(metrics, settings.methodLabels()),
                images.edited() ? SummaryReader.edits(metrics) : List.of(),
                SummaryReader.failures(metrics, images),
                counts.images(),
                counts.failed(),
                plan.reused(),
                plan.gone(),
                monitor.evaluations(),
                monitor.modelLoads(),
                Duration.between(started, clock.instant()),
                settings.lpipsNet(),
                address(),
                PictureCounts.line(metrics.where(images.first())));
    }

    /** About; what was estimated of an image is put right when the first ones are done. */
    private long expectedEvaluations(Planned planned) {
        if (planned.plan().images() == 0) {
            return 0;
        }
        describe("estimate the work");
        return planned.workList().expected(WorkEstimate.of(settings.worker()))
                * settings.worker().steps();
    }

    private void describe(String work) {
        SparkPages.describe(spark.sparkContext(), work);
    }

    private String address() {
        return PublicAddress.of(output.root().toString());
    }

    private int parallelism() {
        return settings.parallelism(spark.sparkContext().defaultParallelism());
    }

    private int imagesPerWave() {
        return settings.imagesPerWave(spark.sparkContext().defaultParallelism());
    }

    private static Configuration configuration(SparkSession spark) {
        return spark.sessionState().newHadoopConf();
    }
}
