package io.sparkinversion.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.job.RunSummary;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * An S3 that stumbles, and one that is gone. The AWS client's own tries, whose waits cannot be set, are off.
 */
@Tag("slow")
@Timeout(300)
class S3FaultsIT extends WithS3 {
    @BeforeAll
    static void leaveOutTheClientsOwnTries() {
        S3Settings.set(server.setting("attempts.maximum"), "0");
    }

    @Test
    void everyRowIsThereOnceAfterFaultsAtEveryStage() {
        S3Run run = newRun().withImages(3).inOneWave();
        List<Fault> faults = List.of(
                server.answers503(3).forKeysLike("prefix=.*/data").on("GET"),
                server.resets(2).forKeysLike("captions.csv"),
                server.answers503(3).forKeysLike("i0.png").on("HEAD"),
                server.resets(2).forKeysLike("i1.png").on("GET"),
                server.cutsAnswersShort(2).forKeysLike("i2.png").on("GET"),
                server.answers503(3).forKeysLike("latents/.*uploadId").on("PUT"),
                server.losesAnswers(1).forKeysLike("images/.*uploadId").on("PUT"),
                server.resets(2).forKeysLike("metrics/.*uploads").on("POST"),
                server.answers503(3).forKeysLike("metrics/.*uploadId").on("POST"),
                // What is committed cannot be committed again.
                server.losesAnswers(1).forKeysLike("images/.*uploadId").on("POST"),
                server.losesAnswers(1).forKeysLike("metrics/.*_SUCCESS").on("PUT"),
                server.losesAnswers(1).forKeysLike("run.json").on("PUT"),
                server.answers503(2).forKeysLike("delete").on("POST"));

        RunSummary summary = run.run();

        assertThat(faults).allMatch(Fault::isOver);
        assertThat(summary.computed()).isEqualTo(3);
        assertThat(summary.failed()).isZero();
        assertThat(run.rows()).isEqualTo(run.expectedRows());
        assertThat(run.latents()).hasSize(3);
    }

    @Test
    void anOutputThatNeverAnswersEndsTheJob() {
        S3Run run = newRun().withImages(1);
        server.takeRequests();
        server.alwaysAnswers503().forKeysLike("/out/latents/wave=").on("POST");

        assertThatThrownBy(run::run)
                .isInstanceOf(JobException.class)
                .hasMessageMatching("wave 1 of 1 \\(s3a:.*/out/metrics/wave=00000\\) failed: .*injected: reduce your"
                        + " request rate.*; finished waves are kept, the same command goes on from there");
        assertThat(server.takeRequests())
                .filteredOn(request -> request.startsWith("POST") && request.contains("/out/latents/wave="))
                .hasSize(tries());
        assertThat(server.keys(run.key("metrics/"))).noneMatch(key -> key.endsWith("_SUCCESS"));
    }

    @Test
    void aDatasetThatNeverAnswersEndsTheJobAtItsStart() {
        S3Run run = newRun().withImages(1);
        server.takeRequests();
        server.alwaysAnswers503().forKeysLike("/data");

        assertThatThrownBy(run::run)
                .isInstanceOf(JobException.class)
                .hasMessageStartingWith("cannot reach dataset root s3a://")
                .hasMessageContaining("Slow Down");
        assertThat(server.takeRequests())
                .filteredOn(request -> request.contains("/data"))
                .hasSize(tries());
    }

    /** Without an answer no image is said to be missing: a later run would have to find out which of them are. */
    @Test
    void imagesThatAreGoneBeforeTheyAreLookedUpEndTheJob() {
        S3Run run = newRun().withImages(1);
        server.alwaysAnswers503().forKeysLike("/data/images");

        assertThatThrownBy(run::run)
                .isInstanceOf(JobException.class)
                .hasMessageStartingWith("cannot read the dataset s3a://")
                .hasMessageContaining("Slow Down");
    }

    @Test
    void aManifestThatCannotBeWrittenEndsTheJob() {
        S3Run run = newRun().withImages(1);
        server.alwaysAnswers503().forKeysLike("/out/manifest").on("POST");

        assertThatThrownBy(run::run)
                .isInstanceOf(JobException.class)
                .hasMessageContaining("injected: reduce your request rate");
    }

    @Test
    void imagesThatAreGoneWhenTheyAreReadEndTheJob() {
        S3Run run = newRun().withImages(1);
        server.takeRequests();
        server.alwaysAnswers503().forKeysLike("/data/images").on("GET");

        assertThatThrownBy(run::run)
                .isInstanceOf(JobException.class)
                .hasMessageMatching("wave 1 of 1 .* failed: .*injected: reduce your request rate.*");
        assertThat(server.keys(run.key("metrics/")))
                .as("no row says that the image was bad")
                .isEmpty();
        List<String> requests = server.takeRequests();
        assertThat(requests).filteredOn(("GET /" + run.image("i0"))::equals).hasSize(tries());
        assertThat(requests)
                .filteredOn(request -> request.contains("prefix=" + run.image("")))
                .hasSize(tries());

        server.recovers();
        run.run();
        assertThat(run.rows()).isEqualTo(run.expectedRows());
    }

    @Test
    void oneImageThatIsGoneIsAFailedRow() {
        S3Run run = newRun().withImages(1);
        server.alwaysAnswers503().forKeysLike("i0.png").on("GET");

        assertThat(run.run().failed()).isEqualTo(1);
    }

    private static int tries() {
        return 1 + Integer.parseInt(S3Settings.shipped().get("spark.hadoop.fs.s3a.retry.throttle.limit"));
    }
}
