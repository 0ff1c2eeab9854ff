package io.sparkinversion.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkinversion.dataset.DatasetFixture;
import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.job.FaultyFileSystem;
import io.sparkinversion.job.FaultyFileSystem.Operation;
import io.sparkinversion.job.JobFixture;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.job.SparkTestSession;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.output.RunLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationJobIT {
    private static final int IMAGES = 9;

    @TempDir
    Path folder;

    @AfterEach
    void revive() {
        FaultyFileSystem.revive();
    }

    private JobFixture job() {
        return new JobFixture(folder).withImages(IMAGES).withImage("i03", "poison");
    }

    @Test
    void runsTheStepCountsFromTheCheapestAndReports() throws IOException {
        JobFixture job = job();

        List<RunSummary> parts = job.evaluate(job.evaluation(50, 5));

        assertThat(parts).extracting(RunSummary::images).containsExactly(9L, 9L);
        assertThat(parts).extracting(RunSummary::failed).containsExactly(1L, 1L);
        assertThat(job.printed())
                .containsSubsequence(
                        "part 1 of 2: 5 steps, 2 methods, in steps-0005",
                        "part 2 of 2: 50 steps, 2 methods, in steps-0050",
                        "negative-prompt",
                        "report: file:" + job.output() + "/report/report.html");
        assertThat(json(job, "steps-0005/run.json").at("/settings/steps").asText())
                .isEqualTo("5");
        assertThat(json(job, "steps-0050/run.json").at("/settings/steps").asText())
                .isEqualTo("50");
        assertThat(job.output().resolve("report/report.html")).isNotEmptyFile();
        assertThat(job.output().resolve("report/table.csv")).content().contains("ddim-cfg", "negative-prompt");
    }

    @Test
    void evaluationJsonSaysWhatItWasMadeWith() throws IOException {
        JobFixture job = job();
        job.evaluate(sampled(job, 4, 0, 5, 50));

        JsonNode evaluation = json(job, "evaluation.json");

        assertThat(evaluation.get("methods").toString()).isEqualTo("[\"negative-prompt\",\"ddim-cfg\"]");
        assertThat(evaluation.get("steps").toString()).isEqualTo("[5,50]");
        assertThat(evaluation.get("protocol").asText()).isEqualTo("throughput");
        assertThat(evaluation.at("/settings/guidance").asText()).isEqualTo("7.5");
        assertThat(evaluation.at("/model/id").asText()).isEqualTo("models/tiny");
        assertThat(evaluation.at("/model/fingerprint").asText()).isEqualTo("ab12");
        assertThat(evaluation.at("/dataset/root").asText()).isEqualTo("file:" + job.data());
        assertThat(evaluation.at("/dataset/sample").asInt()).isEqualTo(4);
        assertThat(evaluation.at("/dataset/seed").asInt()).isZero();
        assertThat(evaluation.get("sample_ids")).hasSize(4);
        assertThat(evaluation.get("finished").asText())
                .isGreaterThan(evaluation.get("started").asText());
        for (String part : List.of("steps-0005", "steps-0050")) {
            assertThat(SparkTestSession.session()
                            .read()
                            .parquet(job.output() + "/" + part + "/metrics")
                            .select("image_id")
                            .distinct()
                            .orderBy("image_id")
                            .toJSON()
                            .collectAsList()
                            .toString())
                    .as("every part has the same sample")
                    .isEqualTo(rows(evaluation.get("sample_ids")));
        }
    }

    private static String rows(JsonNode ids) {
        StringBuilder rows = new StringBuilder();
        ids.forEach(id -> rows.append(rows.isEmpty() ? "" : ", ")
                .append("{\"image_id\":")
                .append(id)
                .append('}'));
        return "[" + rows + "]";
    }

    @Test
    void goesOnAfterAKillBetweenStepCounts() throws IOException {
        JobFixture job = job().onFaultyDisk();
        FaultyFileSystem.killAt(Operation.CREATE, "steps-0050/_lock.json");
        assertThatThrownBy(() -> job.evaluate(job.evaluation(5, 50)))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("injected: killed before");
        assertThat(FaultyFileSystem.killed()).isTrue();
        assertThat(job.processor().takeComputed()).hasSize(IMAGES);
        String first = Files.readString(job.output().resolve("steps-0005/run.json"));
        restart(job);

        List<RunSummary> parts = job.evaluate(job.evaluation(5, 50));

        assertThat(job.processor().takeComputed()).as("the second part only").hasSize(IMAGES);
        assertThat(parts).extracting(RunSummary::reused).containsExactly((long) IMAGES, 0L);
        assertThat(job.output().resolve("report/report.html")).isNotEmptyFile();
        long before = new ObjectMapper()
                .readTree(first)
                .at("/counters/wall_milliseconds")
                .asLong();
        assertThat(json(job, "steps-0005/run.json").get("earlier_milliseconds").asLong())
                .as("the report's wall time is not that of the rerun alone")
                .isEqualTo(before)
                .isPositive();
    }

    @Test
    @Tag("slow")
    void goesOnWithinAStepCount() {
        JobFixture job = job();
        job.processor().failAfter(IMAGES + 5);
        assertThatThrownBy(() -> job.evaluate(job.evaluation(5, 50)))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("the same command goes on from there");
        job.processor().failNoMore().takeComputed();

        List<RunSummary> parts = job.evaluate(job.evaluation(5, 50));

        assertThat(parts.get(0).computed()).isZero();
        assertThat(parts.get(1).reused()).isPositive();
        assertThat(job.processor().takeComputed()).hasSize((int) parts.get(1).computed());
    }

    @Test
    void aSecondEvaluationComputesNothing() {
        JobFixture job = job();
        job.evaluate(job.evaluation(5));
        job.processor().takeComputed();

        assertThat(job.evaluate(job.evaluation(5)))
                .extracting(RunSummary::computed)
                .containsExactly(0L);
        assertThat(job.processor().takeComputed()).isEmpty();
    }

    @Test
    void refusesResultsOfOtherSettingsAndNamesEachOne() {
        JobFixture job = job();
        job.evaluate(job.evaluation(5));
        EvaluationSettings other = new EvaluationSettings(job.settings(Resume.REUSE), List.of(10, 5), Protocol.PAPER);

        assertThatThrownBy(() -> job.evaluate(other))
                .isInstanceOf(JobException.class)
                .hasMessage("the output directory file:" + job.output() + " holds a run with other settings "
                        + "(steps: 5 there, 5 10 here; protocol: throughput there, paper here); "
                        + "choose another --output, or delete it");
        assertThatThrownBy(() -> job.evaluate(sampled(job, 2, 0, 5)))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("(sample: none there, 2 with seed 0 here, which would drop finished rows)");
    }

    @Test
    void takesOtherSettingsWhereNothingIsCommitted() {
        JobFixture job = job();
        job.processor().failAfter(0);
        assertThatThrownBy(() -> job.evaluate(job.evaluation(5, 50))).isInstanceOf(JobException.class);
        job.processor().failNoMore();

        assertThat(job.evaluate(job.evaluation(10)))
                .extracting(RunSummary::computed)
                .containsExactly((long) IMAGES);
    }

    @Test
    void runsAndEvaluationsDoNotShareADirectory() {
        JobFixture job = job();
        job.run();
        assertThatThrownBy(() -> job.evaluate(job.evaluation(5)))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("is not empty (README.md, images, latents) and holds no evaluation.json of this "
                        + "job; choose another --output, or empty it");
        job.inOneWaveInto("evaluated").evaluate(job.evaluation(5));
        assertThatThrownBy(job::run)
                .isInstanceOf(JobException.class)
                .hasMessageContaining("holds no run.json of this job");
    }

    @Test
    void aDatasetThatIsNotThereLeavesNoTrace() {
        JobFixture job = job();
        JobSettings run = job.settings(Resume.REUSE);
        JobSettings misspelt = new JobSettings(
                DatasetFixture.captionsIn(folder.resolve("dta")),
                run.output(),
                run.worker(),
                "alex",
                2,
                4,
                Resume.REUSE);

        assertThatThrownBy(() -> job.evaluate(new EvaluationSettings(misspelt, List.of(5), Protocol.THROUGHPUT)))
                .isInstanceOf(JobException.class)
                .hasMessage("dataset root file:" + folder + "/dta does not exist");
        assertThat(job.output()).doesNotExist();
    }

    @Test
    void refusesASecondEvaluationAtTheSameTime() throws IOException {
        JobFixture job = job();
        job.evaluate(job.evaluation(5));
        try (RunLock other = RunLock.acquire(job.directory(), Clock.systemUTC(), null)) {
            assertThat(other).isNotNull();
            assertThatThrownBy(() -> job.evaluate(job.evaluation(5)))
                    .isInstanceOf(JobException.class)
                    .hasMessageContaining("another run works on file:" + job.output());
        }
    }

    private static EvaluationSettings sampled(JobFixture job, long sample, long seed, Integer... steps) {
        JobSettings run = job.settings(Resume.REUSE);
        DatasetSettings all = run.dataset();
        DatasetSettings some = new DatasetSettings(all.root(), all.captions(), all.format(), all.limit(), sample, seed);
        JobSettings limited = new JobSettings(
                some, run.output(), run.worker(), run.lpipsNet(), run.partitions(), run.waveSize(), run.resume());
        return new EvaluationSettings(limited, List.of(steps), Protocol.THROUGHPUT);
    }

    private static void restart(JobFixture job) throws IOException {
        FaultyFileSystem.revive();
        job.letTheLocksProcessDie();
    }

    private static JsonNode json(JobFixture job, String name) throws IOException {
        return new ObjectMapper().readTree(job.output().resolve(name).toFile());
    }
}
