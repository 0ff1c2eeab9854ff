package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkinversion.job.RunSummary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first command of the README, held against what the reference Python code scores on the same images. */
class SampleImagesTest {
    private static final Path REFERENCE = Path.of("src/test/resources/eval/reference.json");
    private static final double DECIBEL = 0.1;
    private static final double SSIM = 0.002;

    @TempDir
    private Path output;

    private record Scores(String id, double psnr, double ssim, double vaePsnr, double vaeSsim, int evaluations) {}

    @Test
    void everySampleImageScoresAsInTheReference() throws IOException {
        RunSummary summary = SampleRun.of(50).into(output);

        assertThat(summary.images()).isEqualTo(100);
        assertThat(summary.failed()).isZero();
        assertThat(summary.modelLoadCount()).isEqualTo(1);
        assertThat(summary.unetEvaluations()).isEqualTo(100 * 100);
        List<Scores> rows = new Tables(output).query(
                "select image_id, psnr, ssim, vae_psnr, vae_ssim, unet_evaluations from metrics where status = 'ok'",
                row -> new Scores(row.getString(1), row.getDouble(2), row.getDouble(3), row.getDouble(4),
                        row.getDouble(5), row.getInt(6)));
        assertThat(rows).hasSize(100).extracting(Scores::id).doesNotHaveDuplicates();
        JsonNode reference = new ObjectMapper().readTree(REFERENCE.toFile()).path("images");
        for (Scores row : rows) {
            JsonNode expected = reference.path(row.id());
            near(row.id() + " PSNR", row.psnr(), expected.path("negative-prompt").path("psnr"), DECIBEL);
            near(row.id() + " SSIM", row.ssim(), expected.path("negative-prompt").path("ssim"), SSIM);
            near(row.id() + " VAE PSNR", row.vaePsnr(), expected.path("vae").path("psnr"), DECIBEL);
            near(row.id() + " VAE SSIM", row.vaeSsim(), expected.path("vae").path("ssim"), SSIM);
            assertThat(row.evaluations()).isEqualTo(100);
        }
    }

    private static void near(String what, double actual, JsonNode expected, double tolerance) {
        assertThat(expected.isNumber()).as("the reference has " + what).isTrue();
        assertThat(actual).as(what).isCloseTo(expected.doubleValue(), within(tolerance));
    }
}
