package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.worker.EngineRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The first command of the README, held against what the reference Python code scores on the same images. */
class SampleImagesIT {
    private static final Path REFERENCE = Path.of("src/test/resources/eval/reference.json");
    private static final double DECIBEL = 0.1;
    private static final double SSIM = 0.002;

    @TempDir
    private Path output;

    private record Scores(
            String id, String method, double psnr, double ssim, double vaePsnr, double vaeSsim, int evaluations) {}

    @Test
    @Tag("slow")
    void everySampleImageScoresAsInTheReference() throws IOException {
        assertScoresAsInTheReference(SampleRun.of(50), 100);
    }

    @Test
    void theFirstSampleImagesScoreAsInTheReference() throws IOException {
        assertScoresAsInTheReference(SampleRun.of(50).first(10), 10);
    }

    private void assertScoresAsInTheReference(SampleRun run, int images) throws IOException {
        // Other tests of this process may have loaded the model already.
        EngineRegistry.closeAll();
        RunSummary summary = run.into(output);

        assertThat(summary.images()).isEqualTo(images);
        assertThat(summary.failed()).isZero();
        assertThat(summary.modelLoadCount()).isEqualTo(1);
        assertThat(summary.unetEvaluations()).isEqualTo(100L * images);
        List<Scores> rows = scores();
        assertThat(rows).hasSize(images).extracting(Scores::id).doesNotHaveDuplicates();
        JsonNode reference = reference();
        for (Scores row : rows) {
            JsonNode expected = reference.path(row.id());
            near(row, "PSNR", row.psnr(), expected.path("negative-prompt").path("psnr"), DECIBEL);
            near(row, "SSIM", row.ssim(), expected.path("negative-prompt").path("ssim"), SSIM);
            near(row, "VAE PSNR", row.vaePsnr(), expected.path("vae").path("psnr"), DECIBEL);
            near(row, "VAE SSIM", row.vaeSsim(), expected.path("vae").path("ssim"), SSIM);
            assertThat(row.evaluations()).isEqualTo(100);
        }
    }

    /** Methods that take longer, on the first images. Null-text inversion amplifies rounding. */
    @ParameterizedTest
    @CsvSource({"ddim-cfg, 4, 0.1", "null-text, 2, 0.3"})
    void otherMethodsScoreAsInTheReference(String method, int images, double decibel) throws IOException {
        SampleRun.of(50)
                .first(images)
                .with(Method.of(method))
                .inBatchesOf(images / 2)
                .into(output);

        JsonNode reference = reference();
        List<Scores> rows = scores();
        assertThat(rows).hasSize(images);
        double difference = 0;
        for (Scores row : rows) {
            JsonNode expected = reference.path(row.id()).path(method).path("psnr");
            near(row, "PSNR", row.psnr(), expected, decibel);
            difference += (row.psnr() - expected.doubleValue()) / images;
        }
        assertThat(difference).as("of the means").isCloseTo(0, within(DECIBEL));
    }

    private List<Scores> scores() {
        return new Tables(output)
                .query(
                        "select image_id, method, psnr, ssim, vae_psnr, vae_ssim, unet_evaluations from metrics "
                                + "where status = 'ok'",
                        row -> new Scores(
                                row.getString(1),
                                row.getString(2),
                                row.getDouble(3),
                                row.getDouble(4),
                                row.getDouble(5),
                                row.getDouble(6),
                                row.getInt(7)));
    }

    private static JsonNode reference() throws IOException {
        return new ObjectMapper().readTree(REFERENCE.toFile()).path("images");
    }

    private static void near(Scores row, String what, double actual, JsonNode expected, double tolerance) {
        String name = row.method() + " " + row.id() + " " + what;
        assertThat(expected.isNumber()).as("the reference has " + name).isTrue();
        assertThat(actual).as(name).isCloseTo(expected.doubleValue(), within(tolerance));
    }
}
