package io.sparkinversion.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.engine.ErrorCode;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.engine.Failure.Stage;
import io.sparkinversion.image.ImageDecoder;
import io.sparkinversion.image.ImageException;
import io.sparkinversion.job.SparkTestSession;
import io.sparkinversion.worker.ImageOutcome.MethodResult;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Inside Spark's tasks, with the embedded model. */
@Timeout(300)
class InversionWorkerTest {
    private static JavaSparkContext spark;

    /** Counts in accumulators, as the job does. */
    private record Counts(LongAccumulator models, LongAccumulator images, LongAccumulator failures)
            implements WorkerMonitor {

        private static Counts of(JavaSparkContext spark) {
            return new Counts(
                    spark.sc().longAccumulator(),
                    spark.sc().longAccumulator(),
                    spark.sc().longAccumulator());
        }

        @Override
        public synchronized void modelLoaded(String place) {
            assertThat(place).isEqualTo("driver/cpu");
            models.add(1L);
        }

        @Override
        public synchronized void imageDone(ImageOutcome outcome) {
            images.add(1L);
            failures.add(outcome.failed() ? 1L : 0L);
        }
    }

    /** The local disk by another name. */
    public static final class ElsewhereFileSystem extends RawLocalFileSystem {
        @Override
        public URI getUri() {
            return URI.create("elsewhere:///");
        }

        @Override
        public String getScheme() {
            return "elsewhere";
        }
    }

    @BeforeAll
    static void start() {
        spark = JavaSparkContext.fromSparkContext(SparkTestSession.session().sparkContext());
    }

    /** Engines serve every test of the process that has the same model. */
    @BeforeEach
    @AfterEach
    void closeEngines() {
        EngineRegistry.closeAll();
    }

    private static List<ImageOutcome> invert(WorkerSettings settings, List<WorkItem> items, WorkerMonitor monitor) {
        InversionWorker worker = new InversionWorker(settings, Duration.ofMinutes(30));
        return spark.parallelize(items, 8)
                .mapPartitions(partition -> worker.process(partition, monitor))
                .collect();
    }

    @Test
    void invertsEveryImageOfEveryPartitionWithOneModel() throws ImageException {
        List<WorkItem> items = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            items.add(Samples.item(i, Samples.image(i).toString()));
        }
        items.set(3, Samples.item(3, "/nowhere/3.png"));
        items.set(
                17,
                Samples.item(
                        17,
                        Samples.MODEL
                                .resolve("model_index.json")
                                .toAbsolutePath()
                                .toString()));
        Counts counts = Counts.of(spark);
        WorkerSettings settings = Samples.settings(2, 2);

        List<ImageOutcome> outcomes = invert(settings, items, counts);

        assertThat(outcomes)
                .extracting(outcome -> outcome.item().imageId())
                .containsExactlyInAnyOrderElementsOf(
                        items.stream().map(WorkItem::imageId).toList());
        assertThat(counts.models().value()).isEqualTo(1);
        assertThat(counts.images().value()).isEqualTo(24);
        assertThat(counts.failures().value()).isEqualTo(2);
        for (ImageOutcome outcome : outcomes) {
            int number = Integer.parseInt(outcome.item().imageId().substring("sample ".length()));
            if (number == 3) {
                assertThat(outcome.failure())
                        .isEqualTo(
                                new Failure(Stage.LOAD, ErrorCode.FILE_NOT_FOUND, "there is no file /nowhere/3.png"));
            } else if (number == 17) {
                assertThat(outcome.failure().code()).isEqualTo(ErrorCode.UNKNOWN_FORMAT);
            } else {
                assertGood(outcome, number);
            }
        }
    }

    private static void assertGood(ImageOutcome outcome, int number) throws ImageException {
        MethodResult result = outcome.results().get(0);
        assertThat(ImageDecoder.decode(outcome.original(), Long.MAX_VALUE))
                .isEqualTo(Samples.input(number).image());
        assertThat(ImageDecoder.decode(result.reconstruction(), Long.MAX_VALUE).size())
                .isEqualTo("64x64");
        assertThat(outcome.terminalLatent().shape()).containsExactly(4, 16, 16);
        assertThat(outcome.terminalLatent().bytes()).hasSize(4 * 16 * 16 * Float.BYTES);
        assertThat(result.ceiling().psnr()).isGreaterThan(15);
        assertThat(result.scores().lpips()).isPositive();
        assertThat(outcome.worker().executor()).isEqualTo("driver");
        assertThat(outcome.worker().host()).isNotBlank();
        assertThat(outcome.worker().device()).isEqualTo("cpu");
        assertThat(outcome.worker().captionTokens()).isPositive();
    }

    @Test
    void reachesOtherFileSystemsAsTheDriversSettingsSay() {
        String setting = "spark.hadoop.fs.elsewhere.impl";
        SparkEnv.get().conf().set(setting, ElsewhereFileSystem.class.getName());
        try {
            List<ImageOutcome> outcomes = invert(
                    Samples.settings(1, 2),
                    List.of(
                            Samples.item(0, "elsewhere:" + Samples.image(0)),
                            Samples.item(1, Samples.image(1).toUri().toString()),
                            Samples.item(2, "elsewhere:/nowhere/2.png"),
                            Samples.item(3, "unheard-of:/nowhere/3.png")),
                    WorkerMonitor.none());

            assertThat(outcomes.get(0).failure()).isNull();
            assertThat(outcomes.get(1).failure()).isNull();
            assertThat(outcomes.get(2).failure().code()).isEqualTo(ErrorCode.FILE_NOT_FOUND);
            assertThat(outcomes.get(3).failure().code()).isEqualTo(ErrorCode.FILE_UNREADABLE);
            assertThat(outcomes.get(3).failure().message()).contains("No FileSystem for scheme \"unheard-of\"");
        } finally {
            SparkEnv.get().conf().remove(setting);
        }
    }
}
