package io.sparkinversion.nightly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkinversion.dataset.DatasetFixture;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.engine.Engine.Cost;
import io.sparkinversion.engine.ErrorCode;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.engine.Failure.Stage;
import io.sparkinversion.evaluation.EvaluationSettings;
import io.sparkinversion.evaluation.Protocol;
import io.sparkinversion.image.PngEncoder;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.job.FakeProcessor;
import io.sparkinversion.job.InversionJob;
import io.sparkinversion.job.JobFixture;
import io.sparkinversion.job.Progress;
import io.sparkinversion.job.SparkTestSession;
import io.sparkinversion.nightly.Verdict.Outcome;
import io.sparkinversion.nightly.VerdictRow.Breach;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.worker.ImageOutcome;
import io.sparkinversion.worker.ImageOutcome.BatchTime;
import io.sparkinversion.worker.ImageOutcome.MethodResult;
import io.sparkinversion.worker.ImageOutcome.Scores;
import io.sparkinversion.worker.WaveProcessor;
import io.sparkinversion.worker.WorkItem;
import io.sparkinversion.worker.WorkerMonitor;
import io.sparkinversion.worker.WorkerSettings;
import io.sparkinversion.worker.WorkerSettingsBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Iterator;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nights without a model: what the worker measures is made up, and the same every night unless told otherwise. */
class NightlyJobIT {
    private static final Instant FIRST_NIGHT = Instant.parse("2026-11-23T02:00:00.75Z");

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private Night worker = new Night(0, 1, "");
    private String baseline;
    private int resolution = 64;
    private int nights;

    /**
     * @param psnrDrop dB
     * @param slowdown factor
     * @param failing id of an image that fails, or empty
     */
    private record Night(double psnrDrop, double slowdown, String failing) implements WaveProcessor {
        private static final byte[] PICTURE = PngEncoder.encode(new RgbImage(2, 2, new byte[12]));

        @Override
        public Iterator<ImageOutcome> process(Iterator<WorkItem> items, WorkerMonitor monitor) {
            List<String> methods =
                    JobFixture.METHODS.stream().map(method -> method.label()).toList();
            Iterator<ImageOutcome> outcomes = new FakeProcessor("nightly", methods).process(items, monitor);
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return outcomes.hasNext();
                }

                @Override
                public ImageOutcome next() {
                    return altered(outcomes.next());
                }
            };
        }

        private ImageOutcome altered(ImageOutcome one) {
            if (one.item().imageId().equals(failing)) {
                Failure failure = new Failure(Stage.DECODE, ErrorCode.CORRUPT_IMAGE, "injected");
                return new ImageOutcome(one.item(), one.source(), null, null, List.of(), failure, one.worker());
            }
            List<MethodResult> results =
                    one.results().stream().map(this::altered).toList();
            return new ImageOutcome(
                            one.item(), one.source(), PICTURE, one.terminalLatent(), results, null, one.worker())
                    .in(new BatchTime(one.item().imageId(), 1, 0.5));
        }

        private MethodResult altered(MethodResult one) {
            Cost cost = one.cost();
            Scores scores = new Scores(
                    one.scores().psnr() - psnrDrop,
                    one.scores().ssim(),
                    one.scores().lpips());
            return new MethodResult(
                    one.method(),
                    scores,
                    one.ceiling(),
                    PICTURE,
                    new Cost(
                            cost.inversionEvaluations(),
                            cost.reconstructionEvaluations(),
                            cost.gradients(),
                            cost.encodeSeconds() * slowdown,
                            cost.inversionSeconds() * slowdown,
                            cost.reconstructionSeconds() * slowdown,
                            cost.decodeSeconds() * slowdown,
                            cost.batchSize(),
                            cost.peakMemory()),
                    null);
        }
    }

    @BeforeEach
    void eightImages() throws IOException {
        images(8);
    }

    private void images(int count) throws IOException {
        Path data = Files.createDirectories(folder.resolve("data"));
        StringBuilder captions = new StringBuilder("path,caption,id\n");
        for (int i = 0; i < count; i++) {
            Files.writeString(data.resolve("i" + i + ".png"), "pixels " + i);
            captions.append("i%d.png,a caption of i%d,i%d%n".formatted(i, i, i));
        }
        Files.writeString(data.resolve("captions.csv"), captions);
    }

    private Verdict night() {
        Clock clock = Clock.fixed(FIRST_NIGHT.plus(Duration.ofDays(nights++)), ZoneOffset.UTC);
        return NightlyJob.run(
                settings(),
                any -> worker,
                SparkTestSession.session(),
                new PrintStream(printed, true, StandardCharsets.UTF_8),
                NightlyJobIT::silent,
                clock);
    }

    private NightlySettings settings() {
        WorkerSettings tiny = JobFixture.worker(20);
        WorkerSettings sized = new WorkerSettingsBuilder(tiny.model(), tiny.modelFingerprint())
                .device(tiny.device())
                .precision(tiny.precision())
                .methods(tiny.methods())
                .steps(20)
                .guidance(7.5)
                .resolution(resolution)
                .resize(tiny.resize())
                .batchSize(tiny.batchSize())
                .maxPixels(tiny.maxPixels())
                .build();
        JobSettings run = new JobSettings(
                DatasetFixture.captionsIn(folder.resolve("data")),
                output().toString(),
                sized,
                "alex",
                1,
                0,
                Resume.REUSE);
        return new NightlySettings(
                new EvaluationSettings(run, List.of(20), Protocol.THROUGHPUT),
                baseline,
                new Limits(0.1, 1.3),
                "a52134e");
    }

    private static Progress silent() {
        return new Progress(
                new PrintStream(OutputStream.nullOutputStream()), Progress.Style.PLAIN_LINES, System::nanoTime);
    }

    private Path output() {
        return folder.resolve("nightly");
    }

    private List<HistoryRow> history() throws IOException {
        var configuration = SparkTestSession.session().sparkContext().hadoopConfiguration();
        return new History(new OutputDirectory(output().toString(), configuration), configuration).read();
    }

    private String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    void eachNightIsComparedWithTheLastThatDidNotFail() throws IOException {
        Verdict first = night();
        assertThat(first.outcome()).isEqualTo(Outcome.FIRST);
        assertThat(printed()).contains("no baseline: later runs will be compared with this one");

        Verdict second = night();
        assertThat(second.outcome()).isEqualTo(Outcome.PASS);
        assertThat(second.baseline()).isEqualTo("2026-11-23T02-00-00Z");
        assertThat(second.run()).isEqualTo("2026-11-24T02-00-00Z");
        assertThat(second.rows())
                .extracting(row -> row.combination() + ", pairs: " + row.pairs().size())
                .containsExactly("negative-prompt at 20 steps, pairs: 8", "ddim-cfg at 20 steps, pairs: 8");
        Path run = output().resolve("runs/2026-11-24T02-00-00Z");
        assertThat(run.resolve("evaluation.json")).exists();
        assertThat(run.resolve("verdict.json")).content().contains("\"verdict\" : \"pass\"");
        assertThat(printed())
                .contains("baseline: 2026-11-23T02-00-00Z (code a52134e)")
                .contains("\nPASS: 2026-11-24T02-00-00Z (code ")
                .doesNotContain("**", "|:---");
        assertThat(run.resolve("verdict.md")).content().startsWith("# PASS: 2026-11-24T02-00-00Z (code ");

        images(7);
        worker = new Night(0.5, 2, "i3");
        Verdict third = night();
        assertThat(third.outcome()).isEqualTo(Outcome.FAIL);
        assertThat(third.rows().get(0).breaches())
                .extracting(Breach::rule)
                .containsExactly(Rule.PSNR_DROP, Rule.SLOWDOWN, Rule.NEW_FAILURE, Rule.MISSING_ROW);
        assertThat(third.markdown()).contains("failed now: i3 (CORRUPT_IMAGE)", "is not in this run: i7");

        images(8);
        worker = new Night(0, 1, "");
        Files.move(run, folder.resolve("moved"));
        nights = 0;
        Verdict fourth = night();
        assertThat(fourth.outcome()).isEqualTo(Outcome.PASS);
        assertThat(fourth.run()).as("in the same second as the first").isEqualTo("2026-11-23T02-00-00Z-2");
        assertThat(fourth.baseline())
                .as("neither the failed one nor the one that is gone")
                .isEqualTo("2026-11-23T02-00-00Z");
        assertThat(fourth.notes().get(0)).startsWith("Not compared with 2026-11-24T02-00-00Z: ");

        assertThat(history())
                .extracting(row -> row.method() + " " + row.verdict().label() + " "
                        + row.rules().size())
                .containsExactly(
                        "negative-prompt first 0",
                        "ddim-cfg first 0",
                        "negative-prompt pass 0",
                        "ddim-cfg pass 0",
                        "negative-prompt fail 4",
                        "ddim-cfg fail 4",
                        "negative-prompt pass 0",
                        "ddim-cfg pass 0");
        assertThat(ImageIO.read(output().resolve("history.png").toFile())).isNotNull();
        assertThat(output().toFile().list((directory, name) -> !name.startsWith(".")))
                .as("nothing else, such as a lock")
                .containsExactlyInAnyOrder("runs", "history.csv", "history.png");
    }

    @Test
    void theOutputOfInvertIsABaselineToo() {
        JobSettings run = settings()
                .evaluation()
                .run()
                .with(20, folder.resolve("inverted").toString());
        InversionJob.run(run, worker, SparkTestSession.session(), new PrintStream(printed), silent());

        baseline = folder.resolve("inverted").toString();
        Verdict verdict = night();
        assertThat(verdict.outcome()).isEqualTo(Outcome.PASS);
        assertThat(verdict.rows()).extracting(row -> row.pairs().size()).containsExactly(8, 8);
        assertThat(verdict.markdown()).contains("protocol: not given in the baseline, throughput now");
    }

    @Test
    void otherSettingsAreABeginningUnlessABaselineIsNamed() {
        night();
        resolution = 128;
        Verdict verdict = night();
        assertThat(verdict.outcome()).isEqualTo(Outcome.FIRST);
        assertThat(verdict.notes())
                .containsExactly("Not compared with 2026-11-23T02-00-00Z: resolution: 64 in the baseline, 128 now.");

        baseline = "2026-11-23T02-00-00Z";
        assertThatThrownBy(this::night)
                .isInstanceOf(JobException.class)
                .hasMessage("cannot compare with --baseline 2026-11-23T02-00-00Z: resolution: 64 in the"
                        + " baseline, 128 now; choose another baseline, or run with its settings");
        assertThat(output().resolve("runs").toFile().list())
                .as("nothing was computed")
                .hasSize(2);

        resolution = 64;
        worker = new Night(-0.5, 1, "");
        Verdict compared = night();
        assertThat(compared.outcome()).isEqualTo(Outcome.PASS);
        assertThat(compared.rows().get(0).pairs().psnrChange().mean()).isEqualTo(0.5, within(1e-9));
    }

    @Test
    void aBaselineThatDoesNotExistIsRefused() {
        baseline = folder.resolve("nowhere").toString();

        assertThatThrownBy(this::night)
                .isInstanceOf(JobException.class)
                .hasMessageContaining("nowhere has neither an evaluation.json nor a run.json");
        assertThat(output().resolve("runs")).doesNotExist();
    }

    @Test
    void aDirectoryOfSomethingElseIsRefused() throws IOException {
        Files.createDirectories(output());
        Files.writeString(output().resolve("run.json"), "{}");

        assertThatThrownBy(this::night)
                .isInstanceOf(JobException.class)
                .hasMessageContaining("holds files other than nightly runs (run.json); choose another --output");
    }
}
