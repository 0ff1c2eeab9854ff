package io.sparkinversion.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.job.FaultyFileSystem;
import io.sparkinversion.job.FaultyFileSystem.Operation;
import io.sparkinversion.job.JobFixture;
import io.sparkinversion.job.SparkTestSession;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationTablesIT {
    private static final SparkSession SPARK = SparkTestSession.session();

    @TempDir
    Path folder;

    @AfterEach
    void revive() {
        FaultyFileSystem.revive();
    }

    private static EvaluationTables open(JobFixture job) {
        return EvaluationTables.open(
                job.output().toString(), SPARK.sparkContext().hadoopConfiguration());
    }

    private static Measurement find(Evaluation evaluation, String id, String method, int steps) {
        List<Measurement> found = evaluation.measurements().stream()
                .filter(one -> one.imageId().equals(id) && one.method().equals(method) && one.steps() == steps)
                .toList();
        assertThat(found).as(id + " " + method + " " + steps).hasSize(1);
        return found.get(0);
    }

    @Test
    void measurementsAreTheRowsOfAllParts() {
        JobFixture job =
                new JobFixture(folder).withImages(5).withImage("i03", "poison").withImage("i04", "equal");
        job.evaluate(job.evaluation(50, 5));

        Evaluation evaluation = open(job).evaluation(SPARK);

        assertThat(evaluation.methods()).containsExactly("negative-prompt", "ddim-cfg");
        assertThat(evaluation.steps()).containsExactly(5, 50);
        assertThat(evaluation.lpipsNet()).isEqualTo("alex");
        assertThat(evaluation.paperProtocol()).isFalse();
        assertThat(evaluation.measurements()).hasSize(5 * 2 * 2);
        Measurement good = find(evaluation, "i01", "ddim-cfg", 50);
        assertThat(good.failed()).isFalse();
        assertThat(good.caption()).isEqualTo("a caption of i01");
        assertThat(good.psnr()).isBetween(20.0, 30.0);
        assertThat(good.ssim()).isEqualTo(0.5);
        assertThat(good.lpips()).isEqualTo(0.25);
        assertThat(good.vaePsnr()).isEqualTo(40);
        assertThat(good.secondsTotal()).isCloseTo(1.0, within(1e-12));
        assertThat(good.unetEvaluations()).isEqualTo(40);
        assertThat(good.batchSize()).isEqualTo(2);
        assertThat(good.device()).isEqualTo("cpu");
        assertThat(good.nullTextCosine()).isEmpty();
        assertThat(find(evaluation, "i04", "negative-prompt", 5).psnr()).isInfinite();
        Measurement failed = find(evaluation, "i03", "negative-prompt", 5);
        assertThat(failed.failure()).isEqualTo("CORRUPT_IMAGE");
        assertThat(failed.psnr()).isNaN();
        assertThat(failed.secondsTotal()).isZero();
    }

    @Test
    void factsSayWhatTheNumbersDependOn() {
        JobFixture job = new JobFixture(folder).withImages(3);
        job.evaluate(job.evaluation(5));

        assertThat(open(job).evaluation(SPARK).facts())
                .containsEntry("model", "models/tiny")
                .containsEntry("model fingerprint", "ab12")
                .containsEntry("dataset", "file:" + job.data())
                .containsEntry("images", "all")
                .containsEntry("guidance", "7.5")
                .containsEntry("resolution", "64x64")
                .containsEntry("precision", "float32")
                .containsEntry("device", "cpu")
                .containsEntry("batch size", "2")
                .containsEntry("protocol", "throughput, no warm-up")
                .containsEntry("code version", "development")
                .containsKeys("date", "wall time")
                .doesNotContainKey("unfinished");
    }

    @Test
    void nullTextTracesAreRead() {
        MadeUpTables.write(folder, 10, 5);

        Evaluation evaluation =
                EvaluationTables.open(folder.toString(), new Configuration()).evaluation(SPARK);

        Measurement one = find(evaluation, "image-00007", "null-text", 5);
        assertThat(one.nullTextCosine()).containsExactly(0.5, 0.6, 0.7, 0.8, 0.9);
        assertThat(one.nullTextInnerSteps()).containsExactly(10, 8, 6, 4, 2);
        assertThat(one.unetGradients()).isEqualTo(30);
        assertThat(one.peakMemory()).isEqualTo(5L << 30);
    }

    @Test
    void aSingleRunIsAnEvaluationOfOneStepCount() {
        JobFixture job = new JobFixture(folder).withImages(3);
        job.run();

        String printed = EvaluationReport.write(SPARK, open(job));

        assertThat(open(job).evaluation(SPARK).steps()).containsExactly(20);
        assertThat(open(job).evaluation(SPARK).methods()).containsExactly("negative-prompt", "ddim-cfg");
        assertThat(printed).contains("ddim-cfg", "report: file:" + job.output() + "/report/report.html");
        assertThat(job.output().resolve("report/report.html")).isNotEmptyFile();
        assertThat(job.run().reused()).as("the run goes on beside its report").isEqualTo(3);
    }

    @Test
    void onlyTheWavesOfTheAskedImagesAreOpenedForPictures() throws IOException {
        JobFixture job = new JobFixture(folder).withImages(9);
        job.run();
        // Images i04 to i07 are wave 1; the others' files may be anything.
        for (String wave : List.of("wave=00000", "wave=00002")) {
            try (Stream<Path> files = Files.list(job.output().resolve("images").resolve(wave))) {
                for (Path file : files.filter(path -> path.toString().endsWith(".parquet"))
                        .toList()) {
                    Files.writeString(file, "no longer Parquet");
                }
            }
        }

        Pictures pictures = open(job).pictures(SPARK, 20, List.of("i04", "i06"));

        assertThat(pictures.originals()).containsOnlyKeys("i04", "i06");
        assertThat(text(pictures.originals().get("i06"))).isEqualTo("png of pixels 6");
        assertThat(pictures.reconstructions()).containsOnlyKeys("i04", "i06");
        assertThat(pictures.reconstructions().get("i04")).containsOnlyKeys("negative-prompt", "ddim-cfg");
        assertThat(text(pictures.reconstructions().get("i04").get("ddim-cfg"))).isEqualTo("ddim-cfg of pixels 4");
        assertThat(open(job).pictures(SPARK, 20, List.of())).isEqualTo(Pictures.NONE);
    }

    @Test
    void rowsOfAReplacedWaveDoNotCountTwice() throws IOException {
        JobFixture job = new JobFixture(folder).withImages(9).onFaultyDisk();
        job.run();
        job.withCaption("i02", "another caption");
        FaultyFileSystem.killAt(Operation.DELETE, "metrics/wave=00000");
        assertThatThrownBy(job::run).isInstanceOf(JobException.class);
        FaultyFileSystem.revive();
        assertThat(job.committedWaves()).as("old and new wave are both there").contains(0, 3);

        Evaluation evaluation = open(job).evaluation(SPARK);

        assertThat(evaluation.measurements()).hasSize(9 * 2);
        assertThat(find(evaluation, "i02", "ddim-cfg", 20).caption()).isEqualTo("another caption");
        assertThat(job.committedWaves()).as("a report changes no tables").contains(0, 3);
        assertThat(evaluation.facts()).containsEntry("unfinished", "20 steps");
    }

    @Test
    void anEvaluationThatHasNotEndedSaysWhatIsMissing() {
        JobFixture job = new JobFixture(folder).withImages(9);
        job.processor().failAfter(9);
        assertThatThrownBy(() -> job.evaluate(job.evaluation(5, 50))).isInstanceOf(JobException.class);

        Evaluation evaluation = open(job).evaluation(SPARK);

        assertThat(evaluation.steps()).containsExactly(5);
        assertThat(evaluation.facts()).containsEntry("unfinished", "50 steps");
    }

    @Test
    void aFolderWithoutResultsIsAnErrorThatSaysSo() throws IOException {
        assertThatThrownBy(() -> EvaluationTables.open(folder.toString(), new Configuration()))
                .isInstanceOf(JobException.class)
                .hasMessage("file:" + folder + " has neither an evaluation.json nor a run.json that can be read; name"
                        + " the --output of an evaluate or invert command");
        Files.writeString(folder.resolve("run.json"), "{\"somebody\": \"else's\"}");
        assertThatThrownBy(() -> EvaluationTables.open(folder.toString(), new Configuration()))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("neither an evaluation.json nor a run.json that can be read");
        JobFixture job = new JobFixture(folder).withImages(4);
        job.processor().failAfter(0);
        assertThatThrownBy(job::run).isInstanceOf(JobException.class);
        assertThatThrownBy(() -> open(job))
                .isInstanceOf(JobException.class)
                .hasMessage("file:" + job.output() + " has no finished wave yet; run the command that writes it again"
                        + " to resume");
    }

    @Test
    void tenThousandRowsBecomeAReport() throws IOException {
        MadeUpTables.write(folder, 5_000, 50);

        EvaluationTables tables = EvaluationTables.open(folder.toString(), new Configuration());
        String printed = EvaluationReport.write(SPARK, tables);

        assertThat(tables.evaluation(SPARK).measurements()).hasSize(10_000);
        assertThat(printed).contains("null-text", "5000");
        assertThat(folder.resolve("report/report.html")).content().contains("image-0");
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
