package io.sparkinversion.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.job.RunSummary;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The main job with its dataset and its output on S3. */
@Timeout(300)
class S3RunIT extends WithS3 {
    @Test
    void everyRowIsThereOnceAndARerunComputesOnlyWhatChanged() {
        S3Run run = newRun().withImages(2);
        RunSummary first = run.run();
        assertThat(first.computed()).isEqualTo(2);
        assertThat(run.rows()).isEqualTo(run.expectedRows());
        for (int wave = 0; wave < 2; wave++) {
            for (String table : List.of("metrics", "images", "latents")) {
                assertThat(server.text(run.key("%s/wave=%05d/_SUCCESS".formatted(table, wave))))
                        .contains("\"committer\":\"magic\"");
            }
        }
        assertTidy(run);

        RunSummary second = run.run();
        assertThat(second.computed()).isZero();
        assertThat(second.reused()).isEqualTo(2);

        run.withImage("i1", 9).withImage("i2", 2);
        RunSummary third = run.run();
        assertThat(third.computed()).isEqualTo(2);
        assertThat(third.reused()).isEqualTo(1);
        assertThat(run.rows()).isEqualTo(run.expectedRows());
        assertTidy(run);
    }

    /** Neither the committer's work files, nor the run's own, nor uploads that nobody completes. */
    private static void assertTidy(S3Run run) {
        assertThat(server.keys(run.key("")))
                .noneMatch(key -> key.contains("__magic") || key.contains("_lock") || key.contains("_staged"));
        assertThat(server.uploads()).isEmpty();
    }

    @Test
    void aSecondRunAtTheSameTimeIsRefused() {
        S3Run run = newRun().withImages(1);
        String now = Instant.now().toString();
        String lock = """
                {"token": "other", "host": "far-away", "pid": 7, "started": "NOW", "heartbeat": "NOW"}""";
        server.put(run.key("_lock.json"), lock.replace("NOW", now));

        assertThatThrownBy(run::run)
                .isInstanceOf(JobException.class)
                .hasMessageStartingWith(
                        "another run works on " + run.output() + ": process 7 on far-away, started " + now);
        assertThat(server.keys(run.key(""))).as("nothing was touched").containsExactly(run.key("_lock.json"));
    }

    /** Cut off in the middle of a commit: nothing that the process does, its cleaning up included, reaches S3. */
    @Test
    void aKilledRunIsContinuedWithEveryRowOnce() {
        S3Run run = newRun().withImages(4);
        // Three waves are under way at a time, so when the fourth commits another one has.
        server.cutsOff().forKeysLike("metrics/wave=00003/part-.*uploadId").on("POST");
        assertThatThrownBy(run::run).isInstanceOf(JobException.class);
        server.recovers();
        assertThat(server.keys(run.key("metrics/")))
                .as("finished, and cut off in the commit")
                .anyMatch(key -> key.endsWith("/_SUCCESS"))
                .anyMatch(key -> key.contains("wave=00003/__magic"))
                .doesNotContain(run.key("metrics/wave=00003/_SUCCESS"));
        assertThat(server.uploads()).as("not completed").isNotEmpty();
        run.letTheLocksProcessDie();

        RunSummary summary = run.run();

        assertThat(summary.reused()).isPositive();
        assertThat(summary.images()).isEqualTo(4);
        assertThat(run.rows()).isEqualTo(run.expectedRows());
        assertTidy(run);
    }
}
