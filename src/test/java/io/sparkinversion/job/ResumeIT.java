package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.job.FaultyFileSystem.Operation;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.output.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever ends a run: the same command again leaves every image in the tables once per method. */
class ResumeIT {
    @TempDir
    Path folder;

    private JobFixture job;

    @BeforeEach
    void dataset() {
        job = new JobFixture(folder).withImages(12).withImage("i07", "poison").withImage("i11", "flaky");
    }

    @AfterEach
    void revive() {
        FaultyFileSystem.revive();
    }

    @Test
    void continuesAfterAWorkerFailureWithoutRecomputingFinishedWaves() {
        job.processor().failAfter(9);
        assertThatThrownBy(job::run)
                .isInstanceOf(JobException.class)
                .hasMessageMatching("(?s)wave \\d of 3 \\(file:.*/out/metrics/wave=0000\\d\\) failed: "
                        + "IllegalStateException: injected: the worker dies at i\\d\\d; "
                        + "finished waves are kept, the same command goes on from there");
        SortedSet<Integer> finished = job.committedWaves();
        assertThat(finished).hasSizeBetween(1, 2);

        job.processor().failNoMore().takeComputed();
        RunSummary summary = job.run();

        assertThat(job.processor().takeComputed()).hasSize(12 - JobFixture.WAVE_SIZE * finished.size());
        assertThat(summary.reused()).isEqualTo((long) JobFixture.WAVE_SIZE * finished.size());
        assertSameAsUndisturbed();
    }

    @Test
    void aSecondRunComputesNothing() {
        job.run();
        job.processor().takeComputed();

        RunSummary summary = job.run();

        assertThat(job.processor().takeComputed()).isEmpty();
        assertThat(summary.reused()).isEqualTo(12);
        assertThat(summary.computed()).isZero();
        assertThat(summary.modelLoadCount()).isZero();
        assertThat(job.printed()).contains("0 images to compute in 0 waves, 12 reused");
    }

    @Test
    void redoesAWaveThatWasKilledBetweenItsImagesAndItsMetrics() throws IOException {
        job.onFaultyDisk();
        FaultyFileSystem.killAt(Operation.CREATE, "metrics/wave=00001");
        assertThatThrownBy(job::run).isInstanceOf(JobException.class).hasMessageContaining("injected: killed before");
        assertThat(FaultyFileSystem.killed()).isTrue();
        assertThat(job.output().resolve("images/wave=00001/_SUCCESS")).exists();
        assertThat(job.committedWaves()).doesNotContain(1);

        restart();

        assertSameAsUndisturbed();
    }

    @Test
    void finishesAReplacementThatWasKilledBeforeItsDeletions() throws IOException {
        job.onFaultyDisk().run();
        job.withCaption("i02", "another caption");
        FaultyFileSystem.killAt(Operation.DELETE, "metrics/wave=00000");
        assertThatThrownBy(job::run)
                .isInstanceOf(JobException.class)
                .hasStackTraceContaining("injected: killed before");
        assertThat(job.committedWaves()).as("old and new wave are both there").contains(0, 3);
        job.processor().takeComputed();

        RunSummary summary = restart();

        assertThat(job.processor().takeComputed()).isEmpty();
        assertThat(summary.reused()).isEqualTo(12);
        assertThat(job.committedWaves()).containsExactly(1, 2, 3);
        assertThat(job.output().resolve("replacements")).isEmptyDirectory();
        assertSameAsUndisturbed();
    }

    @Test
    void forgetsAReplacementThatWasKilledBeforeItsCommit() throws IOException {
        job.onFaultyDisk().run();
        job.withCaption("i02", "another caption");
        FaultyFileSystem.killAt(Operation.CREATE, "metrics/wave=00003");
        assertThatThrownBy(job::run)
                .isInstanceOf(JobException.class)
                .hasStackTraceContaining("injected: killed before");
        assertThat(job.output().resolve("replacements/wave=00003.json")).exists();
        job.processor().takeComputed();

        restart();

        assertThat(job.processor().takeComputed()).containsExactly("i02");
        assertSameAsUndisturbed();
    }

    @Test
    void recomputesExactlyTheRowsWhoseCaptionOrFileChanged() {
        job.run();
        job.processor().takeComputed();
        job.withCaption("i06", "another caption").withImage("i04", "pixels of another size");

        RunSummary summary = job.run();

        assertThat(job.processor().takeComputed()).containsExactly("i04", "i06");
        assertThat(summary.reused()).isEqualTo(10);
        assertThat(job.committedWaves()).containsExactly(0, 2, 3);
        assertSameAsUndisturbed();
    }

    /** Of as many bytes as before, which only the file's time tells. */
    @Test
    @Tag("slow")
    void aFileThatChangedWhileTheRunWasDownIsRecomputedWithWhatWasLeft() throws IOException {
        job.processor().failAfter(9);
        assertThatThrownBy(job::run).isInstanceOf(JobException.class);
        int wave = job.committedWaves().first();
        String changed = "i%02d".formatted(wave * JobFixture.WAVE_SIZE + 1);
        long left = 12L - JobFixture.WAVE_SIZE * job.committedWaves().size();
        job.processor().failNoMore().takeComputed();
        Path file = job.data().resolve(changed + ".png");
        Files.writeString(file, Files.readString(file).replace("pixels", "PIXELS"));
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_001_000L));

        RunSummary summary = job.run();

        assertThat(job.processor().takeComputed()).hasSize((int) left + 1).contains(changed);
        assertThat(summary.reused()).isEqualTo(12 - left - 1);
        assertSameAsUndisturbed();
    }

    @Test
    void otherSettingsReplaceAllRowsWhereThatIsAskedForEvenIfKilledInBetween() {
        job.run();
        job.processor().takeComputed();
        job.processor().failAfter(7);
        assertThatThrownBy(() -> job.run(withSteps(50, Resume.RECOMPUTE))).isInstanceOf(JobException.class);
        job.processor().failNoMore();
        int before = job.processor().takeComputed().size();
        assertThatThrownBy(() -> job.run(withSteps(20, Resume.REUSE)))
                .as("the directory is the new run's now")
                .hasMessageContaining("steps: 50 there, 20 here");

        RunSummary summary = job.run(withSteps(50, Resume.REUSE));

        assertThat(summary.reused()).isBetween(1L, 7L);
        assertThat(job.processor().takeComputed())
                .hasSize(12 - (int) summary.reused())
                .hasSizeLessThan(12);
        assertThat(before).isLessThanOrEqualTo(7);
        assertThat(job.rows(Table.METRICS))
                .hasSize(12 * JobFixture.METHODS.size())
                .allSatisfy(row -> assertThat(row).contains("\"steps\":50"))
                .doesNotHaveDuplicates();
        assertThat(job.run(withSteps(50, Resume.RECOMPUTE)).computed()).isZero();
    }

    private JobSettings withSteps(int steps, Resume resume) {
        JobSettings usual = job.settings(resume);
        return new JobSettings(
                usual.dataset(),
                usual.output(),
                JobFixture.worker(steps),
                usual.lpipsNet(),
                usual.partitions(),
                usual.waveSize(),
                resume);
    }

    @Test
    void dropsRowsThatLeftTheDatasetAndAddsNewOnes() {
        job.run();
        job.processor().takeComputed();
        job.without("i00").without("i05").withImage("i99", "pixels 99");

        RunSummary summary = job.run();

        assertThat(job.processor().takeComputed()).containsExactly("i99");
        assertThat(summary.gone()).isEqualTo(2);
        assertThat(summary.images()).isEqualTo(11);
        assertThat(job.printed()).contains("2 dropped, no longer in the dataset");
        assertSameAsUndisturbed();
    }

    @Test
    void keepsFailedRowsUnlessAskedToRetryThem() {
        assertThat(job.run().failed()).isEqualTo(2);
        job.processor().healFlakyImages().takeComputed();

        assertThat(job.run().failed()).isEqualTo(2);
        assertThat(job.processor().takeComputed()).isEmpty();

        RunSummary summary = job.run(job.settings(Resume.RETRY_FAILED));
        assertThat(job.processor().takeComputed()).containsExactly("i07", "i11");
        assertThat(summary.failed()).isEqualTo(1);
        assertThat(summary.reused()).isEqualTo(10);
        assertThat(job.committedWaves()).as("one wave replaces the two").containsExactly(0, 3);
        assertSameAsUndisturbed();
    }

    @Test
    @Tag("slow")
    void survivesKillsAtEveryStageInARow() throws IOException {
        job.onFaultyDisk();
        List<String> places =
                List.of("_run.json", "manifest", "latents/wave=00002", "images/", "stats/", "metrics/", "/run.json");
        for (String place : places) {
            FaultyFileSystem.killAt(Operation.CREATE, place);
            assertThatThrownBy(job::run)
                    .as(place)
                    .isInstanceOf(JobException.class)
                    .hasStackTraceContaining("injected: killed before");
            if (Files.exists(job.output().resolve("_lock.json"))) {
                job.letTheLocksProcessDie();
            }
        }

        restart();

        assertSameAsUndisturbed();
    }

    private RunSummary restart() throws IOException {
        FaultyFileSystem.revive();
        job.letTheLocksProcessDie();
        return job.run();
    }

    /** The same dataset computed at one go, in one wave, has the same rows. */
    private void assertSameAsUndisturbed() {
        List<List<String>> disturbed = allRows();
        job.inOneWaveInto("undisturbed").run();
        assertThat(disturbed).isEqualTo(allRows());
        assertThat(new TreeSet<>(disturbed.get(0))).as("no row twice").hasSameSizeAs(disturbed.get(0));
    }

    private List<List<String>> allRows() {
        return List.of(job.rows(Table.METRICS), job.rows(Table.IMAGES), job.rows(Table.LATENTS));
    }
}
