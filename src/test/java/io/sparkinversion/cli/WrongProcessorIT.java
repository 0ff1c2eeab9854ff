package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.platform.Fault;
import io.sparkinversion.platform.FaultyCatalog;
import io.sparkinversion.platform.Platform;
import io.sparkinversion.worker.EngineRegistry;
import io.sparkinversion.worker.WorkerHook;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs on a processor that computes wrong results, made up so that every processor can be it. */
@Timeout(300)
class WrongProcessorIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Method NULL_TEXT = Method.of("null-text:inner-steps=2");

    @TempDir
    private Path folder;

    /** Engines of other tests are on the real processor. */
    @BeforeEach
    @AfterEach
    void closeEngines() {
        EngineRegistry.closeAll();
    }

    /** A fault in every kernel of the CPU whose description has a word in it. */
    private record WrongProcessor(Fault fault, String word) implements WorkerHook {
        private static final long serialVersionUID = 1L;

        @Override
        public Platform platform(Device device) {
            return FaultyCatalog.platform(
                    fault, (operation, kernel) -> kernel.description().contains(word));
        }
    }

    private static SampleRun run() {
        return SampleRun.of(3).first(4).with(Method.NEGATIVE_PROMPT, NULL_TEXT).inBatchesOf(2);
    }

    private record Scores(String image, String method, double psnr, double ssim, double lpips) {}

    private static List<Scores> scores(Path output) {
        return new Tables(output)
                .query(
                        "select image_id, method, psnr, ssim, lpips from metrics where status = 'ok' order by 1, 2",
                        row -> new Scores(
                                row.getString(1),
                                row.getString(2),
                                row.getDouble(3),
                                row.getDouble(4),
                                row.getDouble(5)));
    }

    private static JsonNode platform(Path output) throws IOException {
        JsonNode platforms = JSON.readTree(output.resolve("run.json").toFile()).path("platforms");
        assertThat(platforms).hasSize(1);
        return platforms.get(0);
    }

    private void assertScoresAsOnASoundProcessor(Fault fault, String word) throws IOException {
        Path sound = folder.resolve("sound");
        Path wrong = folder.resolve("wrong");
        run().into(sound);
        EngineRegistry.closeAll();

        run().into(wrong, new WrongProcessor(fault, word));

        List<Scores> expected = scores(sound);
        List<Scores> actual = scores(wrong);
        assertThat(actual).hasSize(8).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            Scores row = actual.get(i);
            assertThat(row.image() + row.method())
                    .isEqualTo(expected.get(i).image() + expected.get(i).method());
            assertThat(row.psnr()).isCloseTo(expected.get(i).psnr(), within(0.02));
            assertThat(row.ssim()).isCloseTo(expected.get(i).ssim(), within(5e-4));
            assertThat(row.lpips()).isCloseTo(expected.get(i).lpips(), within(5e-4));
        }
        assertThat(platform(wrong).path("replaced")).isNotEmpty().anySatisfy(replaced -> assertThat(replaced.asText())
                .contains(fault + " of ")
                .contains("; used: "));
        assertThat(platform(wrong).path("processor").asText())
                .isEqualTo(platform(sound).path("processor").asText());
    }

    @Test
    void wrongImagesInOneMemoryFormatDoNotReachTheTables() throws IOException {
        assertScoresAsOnASoundProcessor(Fault.FORWARD, "channels-first");
    }

    @Test
    void wrongDerivativesDoNotReachTheTables() throws IOException {
        assertScoresAsOnASoundProcessor(Fault.BACKWARD, "oneDNN");
    }

    @Test
    void wrongAttentionDoesNotReachTheTables() throws IOException {
        assertScoresAsOnASoundProcessor(Fault.NOT_A_NUMBER, "fused");
    }

    /** No kernel of a linear layer is left. */
    @Test
    void aRunThatCannotBeRightEndsBeforeItsFirstRow() {
        Path output = folder.resolve("refused");

        assertThatThrownBy(() -> run().into(output, new WrongProcessor(Fault.FORWARD, "i")))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("this device computes wrong results and was not used: ")
                .hasMessageContaining("libtorch 2")
                .hasMessageContaining("Run on another processor");

        assertThat(output.resolve("metrics"))
                .satisfiesAnyOf(metrics -> assertThat(metrics).doesNotExist(), metrics -> assertThat(metrics)
                        .isDirectoryNotContaining("glob:**/_SUCCESS"));
    }

    /** Derivatives are of no concern to a run that takes none. */
    @Test
    void aRunWithoutDerivativesRunsWhereAllOfThemAreWrong() throws IOException {
        Path output = folder.resolve("output");

        SampleRun.of(2).first(2).into(output, new WrongProcessor(Fault.BACKWARD, ""));

        assertThat(scores(output)).hasSize(2);
        assertThat(platform(output).path("replaced")).isEmpty();
    }
}
