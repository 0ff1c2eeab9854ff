package io.sparkinversion.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.DatasetFixture;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.job.JobFixture;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvaluationSettingsTest {
    private static final JobSettings RUN = new JobSettings(
            DatasetFixture.captionsIn(Path.of("data")),
            "s3a://bucket/out/",
            JobFixture.worker(50),
            "alex",
            2,
            4,
            Resume.RETRY_FAILED);

    @Test
    void refusesStepCountsThatMeanNothing() {
        assertFails(List.of(), "steps: none given; name one or more step counts of 1 to 1000");
        assertFails(List.of(50, 10, 50), "steps: one is named twice in 50, 10, 50");
        assertFails(List.of(50, 0), "steps: 0 is not from 1 to 1000");
        assertFails(List.of(1001), "steps: 1001 is not from 1 to 1000");
    }

    @Test
    void aPartIsTheRunWithItsStepCountInAFolderOfItsOwn() {
        EvaluationSettings settings = new EvaluationSettings(RUN, List.of(50, 7), Protocol.PAPER);

        assertThat(settings.inOrder()).containsExactly(7, 50);
        assertThat(settings.part(7))
                .isEqualTo(new JobSettings(
                        RUN.dataset(),
                        "s3a://bucket/out/steps-0007",
                        JobFixture.worker(7),
                        "alex",
                        2,
                        4,
                        Resume.RETRY_FAILED));
        assertThat(settings.resultSettings()).containsEntry("steps", "7 50").containsEntry("protocol", "paper");
    }

    private static void assertFails(List<Integer> steps, String message) {
        assertThatThrownBy(() -> new EvaluationSettings(RUN, steps, Protocol.THROUGHPUT))
                .isInstanceOf(JobException.class)
                .hasMessage(message);
    }
}
