package io.sparkinversion.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.job.JobException;
import io.sparkinversion.job.RunSummary;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The main job with its dataset and its output on S3, under the settings that the project ships. */
@Timeout(300)
class S3RunTest {
    @TempDir
    private static Path folder;

    private static S3Server server;
    private static SparkSession spark;

    @BeforeAll
    static void start() {
        server = S3Server.start(folder);
        spark = S3Settings.session(server);
        // Failures come at once; how often requests are tried is as shipped.
        for (String wait : List.of("retry.interval", "retry.throttle.interval")) {
            S3Settings.set(server.setting(wait), "1ms");
        }
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @AfterEach
    void recover() {
        server.recovers();
    }

    private static S3Run run(TestInfo test) {
        return new S3Run(server, spark, test.getTestMethod().orElseThrow().getName());
    }

    @Test
    void everyRowIsThereOnceAndARerunComputesOnlyWhatChanged(TestInfo test) {
        S3Run run = run(test).withImages(2);
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
    void aSecondRunAtTheSameTimeIsRefused(TestInfo test) {
        S3Run run = run(test).withImages(1);
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
    void aKilledRunIsContinuedWithEveryRowOnce(TestInfo test) {
        S3Run run = run(test).withImages(3);
        // Two waves are under way at a time, so when the third commits another one has.
        server.cutsOff().forKeysLike("metrics/wave=00002/part-.*uploadId").on("POST");
        assertThatThrownBy(run::run).isInstanceOf(JobException.class);
        server.recovers();
        assertThat(server.keys(run.key("metrics/")))
                .as("finished, and cut off in the commit")
                .anyMatch(key -> key.endsWith("/_SUCCESS"))
                .anyMatch(key -> key.contains("wave=00002/__magic"))
                .doesNotContain(run.key("metrics/wave=00002/_SUCCESS"));
        assertThat(server.uploads()).as("not completed").isNotEmpty();
        run.letTheLocksProcessDie();

        RunSummary summary = run.run();

        assertThat(summary.reused()).isPositive();
        assertThat(summary.images()).isEqualTo(3);
        assertThat(run.rows()).isEqualTo(run.expectedRows());
        assertTidy(run);
    }
}
