package io.sparkinversion.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.DatasetFixture;
import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.job.JobFixture;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.worker.WorkerSettings;
import io.sparkinversion.worker.WorkerSettingsBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Results of one kind in one directory, and nothing of anybody else's touched. */
class OutputOwnershipIT {
    @TempDir
    Path folder;

    @Test
    void refusesResultsOfOtherSettingsAndNamesEachOne() {
        JobFixture job = new JobFixture(folder).withImages(1);
        job.run();
        JobSettings first = job.settings(Resume.REUSE);
        JobSettings other =
                new JobSettings(first.dataset(), first.output(), JobFixture.worker(50), null, 2, 4, Resume.REUSE);

        assertThatThrownBy(() -> job.run(other))
                .isInstanceOf(JobException.class)
                .hasMessage("the output directory file:" + job.output() + " holds a run with other settings "
                        + "(lpips_net: alex there, null here; steps: 20 there, 50 here); "
                        + "choose another --output, delete it, or recompute it with --recompute");
    }

    /** As with a damaged model, of which the mended one has another fingerprint. */
    @Test
    void takesOtherSettingsWhereNothingIsCommitted() {
        JobFixture job = new JobFixture(folder).withImages(3);
        job.processor().failAfter(0);
        assertThatThrownBy(job::run)
                .isInstanceOf(JobException.class)
                .hasMessageContaining("the same command goes on from there");
        job.processor().failNoMore();
        JobSettings first = job.settings(Resume.REUSE);
        JobSettings other =
                new JobSettings(first.dataset(), first.output(), JobFixture.worker(50), null, 2, 4, Resume.REUSE);

        assertThat(job.run(other).computed()).isEqualTo(3);
        assertThatThrownBy(job::run)
                .isInstanceOf(JobException.class)
                .hasMessageContaining("(lpips_net: null there, alex here; steps: 50 there, 20 here)");
    }

    @Test
    void otherMethodsCannotReplaceThem() {
        JobFixture job = new JobFixture(folder).withImages(1);
        job.run();
        JobSettings first = job.settings(Resume.RECOMPUTE);
        WorkerSettings worker = JobFixture.worker(50);
        WorkerSettings other = new WorkerSettingsBuilder(worker.model(), "another")
                .device("cpu")
                .precision(worker.precision())
                .methods(List.of(Method.DDIM))
                .steps(50)
                .guidance(7.5)
                .resolution(64)
                .resize(worker.resize())
                .batchSize(2)
                .maxPixels(1_000_000)
                .build();

        assertThatThrownBy(() -> job.run(
                        new JobSettings(first.dataset(), first.output(), other, "alex", 2, 4, Resume.RECOMPUTE)))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("(methods: ddim-cfg negative-prompt there, ddim here); choose another --output");
    }

    @Test
    void refusesResultsOfAnotherDataset() throws IOException {
        JobFixture job = new JobFixture(folder).withImages(1);
        job.run();
        Files.move(job.data(), folder.resolve("elsewhere"));
        JobSettings first = job.settings(Resume.REUSE);
        DatasetSettings elsewhere = DatasetFixture.captionsIn(folder.resolve("elsewhere"));
        JobSettings other =
                new JobSettings(elsewhere, first.output(), first.worker(), first.lpipsNet(), 2, 4, Resume.REUSE);

        assertThatThrownBy(() -> job.run(other))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("(dataset: file:" + job.data() + " there, file:" + folder + "/elsewhere here)");
    }

    @Test
    void refusesASmallerLimitWhichWouldDropFinishedRowsAndTakesALargerOne() {
        JobFixture job = new JobFixture(folder).withImages(3);
        job.run(limited(job, 2));

        assertThatThrownBy(() -> job.run(limited(job, 1)))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("(limit: 2 there, 1 here, which would drop finished rows)");
        assertThat(job.run(limited(job, 0)).images()).isEqualTo(3);
        assertThatThrownBy(() -> job.run(limited(job, 2)))
                .hasMessageContaining("(limit: none there, 2 here, which would drop finished rows)");
    }

    @Test
    void takesALargerSampleOfTheSameSeedAndNoOther() {
        JobFixture job = new JobFixture(folder).withImages(9);
        assertThat(job.run(sampled(job, 0, 3, 7)).images()).isEqualTo(3);

        String drops = "which would drop finished rows);";
        assertThatThrownBy(() -> job.run(sampled(job, 0, 2, 7)))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("(sample: 3 with seed 7 there, 2 with seed 7 here, " + drops);
        assertThatThrownBy(() -> job.run(sampled(job, 0, 3, 8)))
                .hasMessageContaining("(sample: 3 with seed 7 there, 3 with seed 8 here, " + drops);
        assertThatThrownBy(() -> job.run(sampled(job, 5, 3, 7)))
                .hasMessageContaining("(limit of the sample: none there, 5 here, " + drops);
        RunSummary larger = job.run(sampled(job, 0, 5, 7));
        assertThat(larger.images()).isEqualTo(5);
        assertThat(larger.reused()).isEqualTo(3);
        assertThat(larger.gone()).isZero();
        assertThat(job.run(limited(job, 0)).reused()).isEqualTo(5);
        assertThatThrownBy(() -> job.run(sampled(job, 0, 5, 7)))
                .hasMessageContaining("(sample: none there, 5 with seed 7 here, " + drops);
    }

    private static JobSettings limited(JobFixture job, long limit) {
        return sampled(job, limit, 0, 0);
    }

    private static JobSettings sampled(JobFixture job, long limit, long sample, long seed) {
        JobSettings settings = job.settings(Resume.REUSE);
        DatasetSettings dataset = settings.dataset();
        return new JobSettings(
                new DatasetSettings(dataset.root(), dataset.captions(), dataset.format(), limit, sample, seed),
                settings.output(),
                settings.worker(),
                settings.lpipsNet(),
                2,
                4,
                Resume.REUSE);
    }

    @Test
    void refusesADirectoryThatIsNotTheJobsAndLeavesItAsItIs() throws IOException {
        JobFixture job = new JobFixture(folder).withImages(1);
        Files.createDirectories(job.output());
        Files.writeString(job.output().resolve("thesis.tex"), "precious");

        assertThatThrownBy(job::run)
                .isInstanceOf(JobException.class)
                .hasMessage("the output directory file:" + job.output() + " is not empty (thesis.tex) and holds no "
                        + "run.json of this job; choose another --output, or empty it");
        assertThat(job.output()).isDirectoryContaining("glob:**/thesis.tex");
        assertThat(job.output().toFile().list()).hasSize(1);
    }

    @Test
    void takesTheCopyWhereRunJsonWasTornByAKill() throws IOException {
        JobFixture job = new JobFixture(folder).withImages(1);
        job.run();
        Files.writeString(job.output().resolve("run.json"), "{\"schema_ver");

        assertThat(job.run().reused()).isEqualTo(1);
    }

    @Test
    void aDatasetThatCannotBeReadLeavesNoTrace() {
        JobFixture job = new JobFixture(folder).withImages(1);
        JobSettings first = job.settings(Resume.REUSE);
        JobSettings misspelt = new JobSettings(
                DatasetFixture.captionsIn(folder.resolve("dta")),
                first.output(),
                first.worker(),
                "alex",
                2,
                4,
                Resume.REUSE);

        assertThatThrownBy(() -> job.run(misspelt)).isInstanceOf(JobException.class);
        assertThat(job.output())
                .satisfiesAnyOf(output -> assertThat(output).doesNotExist(), output -> assertThat(output)
                        .isEmptyDirectory());
        assertThat(job.run().images()).isEqualTo(1);
    }

    @Test
    void refusesASecondRunAtTheSameTime() throws IOException {
        JobFixture job = new JobFixture(folder).withImages(1);
        job.run();
        try (RunLock other = RunLock.acquire(job.directory(), Clock.systemUTC())) {
            assertThat(other).isNotNull();
            assertThatThrownBy(job::run)
                    .isInstanceOf(JobException.class)
                    .hasMessageContaining("another run works on file:" + job.output() + ": process "
                            + ProcessHandle.current().pid() + " on ");
        }
        assertThat(job.run().reused()).isEqualTo(1);
    }
}
