package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command as a process of its own, with the embedded model. */
@Tag("slow")
class NightlyCommandIT {
    @TempDir
    private Path folder;

    private int nightly(String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("nightly"));
        command.addAll(List.of("--dataset", SampleRun.SAMPLES.toString(), "--output", output().toString()));
        command.addAll(List.of("--methods", "negative-prompt,ddim-cfg", "--steps", "2", "--limit", "4"));
        command.addAll(List.of("--max-slowdown", "1000", "--code-version", "the tests'"));
        command.addAll(List.of(more));
        Process process = CommandProcess.start(Redirect.to(log().toFile()), command);
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }

    private Path output() {
        return folder.resolve("nightly");
    }

    private Path log() {
        return folder.resolve("log");
    }

    /** As if the images of one method had come out better by a decibel, and there had been one image more. */
    private static void improve(Path run, String method) throws IOException, SQLException {
        NightlyRuns.change(
                run.resolve("steps-0002/metrics"),
                "update rows set psnr = psnr + 1 where method = '" + method + "'",
                "insert into rows select * replace ('one-more' as image_id) from rows"
                        + " where image_id = (select min(image_id) from rows)");
    }

    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void theSameCodePassesAndWhatWasBetterBeforeFails() throws Exception {
        assertThat(nightly()).as(Files.readString(log())).isZero();
        assertThat(nightly()).as(Files.readString(log())).isZero();

        assertThat(NightlyRuns.in(output())).hasSize(2);
        assertThat(NightlyRuns.verdict(NightlyRuns.in(output()).get(0))
                        .path("verdict")
                        .asText())
                .isEqualTo("first");
        JsonNode second = NightlyRuns.verdict(NightlyRuns.in(output()).get(1));
        assertThat(second.path("verdict").asText()).isEqualTo("pass");
        assertThat(second.path("baseline").asText())
                .isEqualTo(NightlyRuns.in(output()).get(0).getFileName().toString());
        assertThat(second.path("code_version").asText()).isEqualTo("the tests'");
        assertThat(second.path("rows")).hasSize(2);
        for (JsonNode row : second.path("rows")) {
            assertThat(row.path("pairs").asInt()).isEqualTo(4);
            assertThat(row.path("psnr_change").path("mean").asDouble(9)).isBetween(-0.01, 0.01);
        }

        improve(NightlyRuns.in(output()).get(0), "ddim-cfg");
        int exitCode = nightly(
                "--baseline", NightlyRuns.in(output()).get(0).getFileName().toString());

        String log = Files.readString(log());
        assertThat(exitCode).as(log).isEqualTo(NightlyCommand.WORSE);
        assertThat(log)
                .contains("# FAIL: ")
                .contains("- **psnr-drop**, ddim-cfg at 2 steps: mean PSNR −1.00 dB")
                .contains("- **missing-row**, negative-prompt at 2 steps: 1 image of the baseline is not in this run:"
                        + " one-more")
                .doesNotContain("**psnr-drop**, negative-prompt");
        assertThat(NightlyRuns.verdict(NightlyRuns.in(output()).get(2))
                        .path("verdict")
                        .asText())
                .isEqualTo("fail");
        assertThat(Files.readAllLines(output().resolve("history.csv"))).hasSize(1 + 3 * 2);
        assertThat(output().resolve("history.png")).isNotEmptyFile();
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void wrongSettingsEndTheCommandBeforeAnythingIsComputed() throws Exception {
        assertThat(nightly("--max-psnr-drop", "-1")).isEqualTo(Main.WRONG_SETTINGS);
        assertThat(Files.readString(log())).contains("error: invalid PSNR drop -1.0; it must be 0 dB or more");
        assertThat(output()).doesNotExist();
    }
}
