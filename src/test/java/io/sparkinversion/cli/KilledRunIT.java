package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command as a process of its own, killed without warning in mid-run. The fault matrix kills drivers each time. */
@Tag("slow")
class KilledRunIT {
    private static final String ROWS = "select image_id || ' ' || method || ' ' || status || ' ' || round(psnr, 2)"
            + " from metrics order by image_id";

    @TempDir
    private Path folder;

    private Process start(Path output) throws IOException {
        List<String> command = new ArrayList<>(List.of("invert"));
        command.addAll(List.of("--dataset", SampleRun.SAMPLES.toString(), "--output", output.toString()));
        command.addAll(List.of("--limit", "24", "--steps", "4", "--wave-size", "4", "--batch-size", "2"));
        File log = folder.resolve("log").toFile();
        return CommandProcess.start(Redirect.appendTo(log), command);
    }

    private void finish(Process process) throws InterruptedException, IOException {
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue())
                .as(Files.readString(folder.resolve("log")))
                .isZero();
    }

    private static List<String> rows(Path output) {
        return new Tables(output).query(ROWS, row -> row.getString(1));
    }

    private static boolean committed(Path output, int wave) {
        return Files.exists(output.resolve("metrics/wave=%05d/_SUCCESS".formatted(wave)));
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void theSameCommandAgainGivesTheRowsOfAnUndisturbedRun() throws Exception {
        Path undisturbed = folder.resolve("undisturbed");
        finish(start(undisturbed));

        Path killed = folder.resolve("killed");
        Process process = start(killed);
        while (process.isAlive() && !committed(killed, 1)) {
            process.waitFor(20, TimeUnit.MILLISECONDS);
        }
        process.destroyForcibly().waitFor();
        assertThat(committed(killed, 5)).as("the kill came before the end").isFalse();
        long finished =
                IntStream.range(0, 6).filter(wave -> committed(killed, wave)).count();

        finish(start(killed));

        JsonNode counters =
                new ObjectMapper().readTree(killed.resolve("run.json").toFile()).path("counters");
        assertThat(counters.path("reused").asLong()).isEqualTo(4 * finished);
        assertThat(counters.path("unet_evaluations").asLong())
                .as("steps there and back for the images of the other waves, and not one more")
                .isEqualTo(2 * 4 * (24 - 4 * finished));
        assertThat(rows(undisturbed)).hasSize(24);
        assertThat(rows(killed)).isEqualTo(rows(undisturbed));
        assertThat(Files.readString(folder.resolve("log")))
                .containsPattern("images to compute in \\d+ waves?, \\d+ reused");
    }
}
