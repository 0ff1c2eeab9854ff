package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.WithoutSpark;
import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.EditSource;
import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.job.RunSummary.MethodQuality;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@WithoutSpark
class FinishedRunTest {
    private static final MethodQuality QUALITY =
            new MethodQuality("vae", 2, 0, 30.25, 1, 0.9, Double.NaN, Double.NaN, 0.9, 0.125);
    private static final RunSummary SUMMARY = new RunSummary(
            List.of(QUALITY),
            List.of(),
            List.of(),
            2,
            0,
            0,
            0,
            200,
            Map.of("driver cpu", 1L),
            Duration.ofSeconds(9),
            null,
            "file:/out",
            "images: 1 with transparency\n");

    @TempDir
    Path folder;

    private Path dataset;
    private Path output;
    private Path lpips;

    @BeforeEach
    void writeFiles() throws IOException {
        dataset = Files.createDirectories(folder.resolve("dataset"));
        Files.writeString(dataset.resolve("captions.csv"), "path,caption\na.png,a cat\n");
        Files.writeString(dataset.resolve("a.png"), "a picture");
        output = Files.createDirectories(folder.resolve("out"));
        Files.writeString(
                Files.createDirectories(output.resolve("metrics/wave=00000")).resolve("part.parquet"), "rows");
        lpips = Files.writeString(folder.resolve("lpips.safetensors"), "weights");
    }

    @Test
    void anUnchangedRunIsFoundWithItsTablesAndNothingComputed() {
        finish("settings", List.of(SUMMARY), "report: here\n");

        FinishedRun.Found found = run("settings").find().orElseThrow();
        assertThat(found.closing()).isEqualTo("report: here\n");
        assertThat(found.summaries()).singleElement().satisfies(summary -> {
            assertThat(summary.methods()).isEqualTo(SUMMARY.methods());
            assertThat(summary.images()).isEqualTo(2);
            assertThat(summary.reused()).isEqualTo(2);
            assertThat(summary.unetEvaluations()).isZero();
            assertThat(summary.modelLoads()).isEmpty();
            assertThat(summary.text()).endsWith("images: 1 with transparency\n");
        });
    }

    @Test
    void nothingIsFoundWhereNoRunReachedItsEnd() {
        assertThat(run("settings").find()).isEmpty();
    }

    @Test
    void otherSettingsAreAnotherRun() {
        finish("settings", List.of(SUMMARY), "");
        assertThat(run("other settings").find()).isEmpty();
    }

    @Test
    void aChangedImageIsNoticedThoughItsSizeIsTheSame() throws IOException {
        finish("settings", List.of(SUMMARY), "");
        Files.writeString(dataset.resolve("a.png"), "A PICTURE");
        Files.setLastModifiedTime(dataset.resolve("a.png"), FileTime.fromMillis(1_800_000_000_000L));
        assertThat(run("settings").find()).isEmpty();
    }

    @Test
    void anImageThatChangesWhileTheRunGoesOnIsNoticedByTheNextOne() throws IOException {
        FinishedRun run = run("settings");
        run.begin();
        Files.writeString(dataset.resolve("a.png"), "another picture");
        run.remember(List.of(SUMMARY), "");
        assertThat(run("settings").find()).isEmpty();
    }

    @Test
    void aNewImageIsNoticed() throws IOException {
        finish("settings", List.of(SUMMARY), "");
        Files.writeString(dataset.resolve("b.png"), "");
        assertThat(run("settings").find()).isEmpty();
    }

    @Test
    void otherWeightsOfLpipsAreNoticed() throws IOException {
        finish("settings", List.of(SUMMARY), "");
        Files.writeString(lpips, "other weights");
        assertThat(run("settings").find()).isEmpty();
    }

    @Test
    void aTableThatHasLostAFileIsNoticed() throws IOException {
        finish("settings", List.of(SUMMARY), "");
        Files.delete(output.resolve("metrics/wave=00000/part.parquet"));
        assertThat(run("settings").find()).isEmpty();
    }

    @Test
    void aRunUnderWayIsNoticedByItsLock() throws IOException {
        finish("settings", List.of(SUMMARY), "");
        Files.writeString(output.resolve("_lock.json"), "{}");
        assertThat(run("settings").find()).isEmpty();
    }

    @Test
    void anOutputInsideOfTheDatasetDoesNotCountAsPartOfIt() throws IOException {
        output = Files.createDirectories(dataset.resolve("out"));
        finish("settings", List.of(SUMMARY), "");
        assertThat(run("settings").find()).isPresent();
    }

    @Test
    void aDamagedFileIsAsNone() throws IOException {
        finish("settings", List.of(SUMMARY), "");
        Files.writeString(output.resolve("_finished.json"), "{\"settings\": 3");
        assertThat(run("settings").find()).isEmpty();
    }

    private void finish(String settings, List<RunSummary> summaries, String closing) {
        FinishedRun run = run(settings);
        run.begin();
        run.remember(summaries, closing);
    }

    private FinishedRun run(String settings) {
        DatasetSettings images = new DatasetSettings(dataset.toString(), null, Format.AUTO, 0, 0, 0, EditSource.NONE);
        return FinishedRun.of(output.toString(), images, settings, List.of(lpips.toString()), new Configuration());
    }
}
