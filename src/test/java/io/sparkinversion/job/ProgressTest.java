package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.engine.ErrorCode;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.engine.Failure.Stage;
import io.sparkinversion.job.Progress.Counts;
import io.sparkinversion.job.Progress.Style;
import io.sparkinversion.worker.ImageOutcome;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.junit.jupiter.api.Test;
import scala.Option;
import scala.Tuple4;
import scala.collection.immutable.Map$;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

class ProgressTest {
    /** Tasks run in this process and have no other way to it. */
    private static final AtomicReference<LiveCounts> LIVE = new AtomicReference<>();

    private static final List<Counts> SEEN_BY_TASK = new CopyOnWriteArrayList<>();

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private long now = 1_000_000_000_000L;
    private Counts counts = new Counts(0, 0, 0, 0);

    @Test
    void printsPlainLinesEveryFiveSeconds() {
        Progress progress = progress(Style.PLAIN_LINES);
        progress.begin(100, 30, 7000, () -> counts);
        after(4, 5, 0, 500, 500);
        progress.update();
        after(1, 5, 0, 500, 500);
        progress.update();
        progress.update();
        after(5, 20, 2, 2100, 2000);
        progress.update();
        after(5, 20, 2, 2100, 2000);
        progress.update();

        assertThat(printed())
                .isEqualTo("  7% of 7,000 UNet evaluations  35/100 images  0 failed  30 reused  ETA ?\n"
                        + " 30% of 7,000 UNet evaluations  50/100 images  2 failed  30 reused  ETA 0:15\n"
                        + " 30% of 7,000 UNet evaluations  50/100 images  2 failed  30 reused  ETA 0:10\n");
    }

    @Test
    void movesBeforeAnyImageIsDone() {
        Progress progress = progress(Style.PLAIN_LINES);
        progress.begin(8, 0, 800, () -> counts);
        after(60, 0, 0, 8, 0);
        progress.update();
        after(5, 0, 0, 48, 0);
        progress.update();

        assertThat(printed())
                .isEqualTo("  1% of 800 UNet evaluations  0/8 images  0 failed  ETA ?\n"
                        + "  6% of 800 UNet evaluations  0/8 images  0 failed  ETA 1:34\n");
    }

    @Test
    void theRemainingTimeDoesNotClimbUnlessTheRunHasSlowedDown() {
        Progress progress = progress(Style.PLAIN_LINES);
        progress.begin(8, 0, 800, () -> counts);
        after(5, 0, 0, 8, 0);
        progress.update();
        after(10, 0, 0, 208, 0);
        progress.update();
        after(5, 0, 0, 224, 0);
        progress.update();
        after(60, 0, 0, 232, 0);
        progress.update();

        assertThat(printed().lines().map(line -> line.replaceAll(".*ETA ", "")))
                .containsExactly("?", "0:30", "0:30", "3:10");
    }

    /** As with null texts, which are done when they are good enough. */
    @Test
    void whatTheFirstImagesTookIsExpectedOfTheOthers() {
        Progress progress = progress(Style.PLAIN_LINES);
        progress.begin(10, 0, 1000, () -> counts);
        now += 5_000_000_000L;
        counts = new Counts(2, 0, 60, 60);
        progress.update();

        assertThat(printed()).startsWith(" 20% of 300 UNet evaluations  2/10 images");
    }

    @Test
    void countsImagesWhereTheUNetIsNotUsed() {
        Progress progress = progress(Style.PLAIN_LINES);
        progress.begin(4, 0, 0, () -> counts);
        after(5, 1, 0, 0, 0);
        progress.update();
        after(5, 3, 0, 0, 0);
        progress.update();

        assertThat(printed())
                .isEqualTo(" 25%  1/4 images  0 failed  ETA ?\n" + " 75%  3/4 images  0 failed  ETA 0:03\n");
    }

    @Test
    void redrawsOneLineOnATerminalAndWipesWhatWasLonger() {
        Progress progress = progress(Style.LIVE_LINE);
        progress.begin(8, 0, 0, () -> counts);
        after(7200, 1, 0, 0, 0);
        progress.update();
        after(7200, 2, 0, 0, 0);
        progress.update();
        after(0, 8, 0, 0, 0);
        progress.close();

        String first = " 12%  1/8 images  0 failed  ETA ?";
        String second = " 25%  2/8 images  0 failed  ETA 12:00:00";
        String last = "100%  8/8 images  0 failed  took 4:00:00";
        assertThat(printed()).isEqualTo("\r" + first + "\r" + second + "\r" + last + "\n");
    }

    @Test
    void neverClaimsMoreThanThereIs() {
        Progress progress = progress(Style.PLAIN_LINES);
        progress.begin(10, 0, 100, () -> counts);
        after(10, 12, 0, 120, 120);
        progress.close();

        assertThat(printed()).startsWith("100% of 120 UNet evaluations  10/10 images");
    }

    @Test
    void whenAllIsComputedTheLastResultsAreBeingWritten() {
        Progress progress = progress(Style.PLAIN_LINES);
        progress.begin(1, 0, 10, () -> counts);
        after(10, 1, 0, 10, 10);
        progress.update();
        after(3, 1, 0, 10, 10);
        progress.close();

        assertThat(printed())
                .isEqualTo("100% of 10 UNet evaluations  1/1 images  0 failed  writing results\n"
                        + "100% of 10 UNet evaluations  1/1 images  0 failed  took 0:13\n");
    }

    @Test
    void batchesThatFailedAreNoWorkDone() {
        Progress progress = progress(Style.PLAIN_LINES);
        progress.begin(10, 0, 100, () -> counts);
        after(10, 1, 0, 500, 10);
        progress.update();

        assertThat(printed()).startsWith(" 99%");
    }

    @Test
    void saysNothingOfARunThatNeverBegan() {
        progress(Style.PLAIN_LINES).close();

        assertThat(printed()).isEmpty();
    }

    @Test
    void countsRunningTasksFromHeartbeatsAndNeverBackwards() {
        SparkContext spark = SparkTestSession.session().sparkContext();
        try (LiveCounts live = new LiveCounts(spark, new SparkMonitor(spark))) {
            live.onExecutorMetricsUpdate(heartbeat(
                    7,
                    update(spark, SparkMonitor.IMAGES, 5),
                    update(spark, SparkMonitor.FAILED, 1),
                    update(spark, SparkMonitor.BEGUN, 60),
                    update(spark, SparkMonitor.EVALUATIONS, 50)));
            live.onExecutorMetricsUpdate(heartbeat(8, update(spark, SparkMonitor.IMAGES, 2)));
            assertThat(live.get()).isEqualTo(new Counts(7, 1, 60, 50));

            live.onExecutorMetricsUpdate(heartbeat(8, update(spark, SparkMonitor.IMAGES, 1)));
            assertThat(live.get()).isEqualTo(new Counts(7, 1, 60, 50));
        }
    }

    /** With a local master, which sends no heartbeats. */
    @Test
    void countsImagesOfTheTasksOfThisProcessBeforeTheyEnd() {
        SparkContext spark = SparkTestSession.session().sparkContext();
        SparkMonitor monitor = new SparkMonitor(spark);
        try (LiveCounts live = new LiveCounts(spark, monitor)) {
            LIVE.set(live);
            JavaSparkContext.fromSparkContext(spark)
                    .parallelize(List.of(false, true), 1)
                    .foreach(fails -> {
                        Failure failure = fails ? new Failure(Stage.LOAD, ErrorCode.FILE_NOT_FOUND, "injected") : null;
                        monitor.evaluating(8);
                        monitor.imageDone(new ImageOutcome(null, null, null, null, List.of(), failure, null));
                        SEEN_BY_TASK.add(LIVE.get().get());
                    });

            assertThat(SEEN_BY_TASK).containsExactly(new Counts(1, 0, 8, 0), new Counts(2, 1, 16, 0));
            assertThat(live.get()).as("not again when the task has ended").isEqualTo(new Counts(2, 1, 16, 0));
        }
    }

    private static AccumulableInfo update(SparkContext spark, String name, long value) {
        return spark.longAccumulator(name).toInfo(Option.apply(value), Option.empty());
    }

    private static SparkListenerExecutorMetricsUpdate heartbeat(long task, AccumulableInfo... updates) {
        Seq<AccumulableInfo> infos =
                CollectionConverters.asScala(List.of(updates)).toSeq();
        Tuple4<Object, Object, Object, Seq<AccumulableInfo>> ofTask = new Tuple4<>(task, 0, 0, infos);
        return new SparkListenerExecutorMetricsUpdate(
                "driver", CollectionConverters.asScala(List.of(ofTask)).toSeq(), Map$.MODULE$.empty());
    }

    private Progress progress(Style style) {
        return new Progress(new PrintStream(printed, true, StandardCharsets.UTF_8), style, () -> now);
    }

    private void after(long seconds, long done, long failed, long begun, long finished) {
        now += seconds * 1_000_000_000L;
        counts = new Counts(done, failed, begun, finished);
    }

    private String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }
}
