package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkinversion.metrics.TinyClip;
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

/** Nightly runs of edits, with the embedded model in one step on a made-up PIE-Bench of three entries. */
@Tag("slow")
class NightlyEditsIT {
    @TempDir
    private Path folder;

    private void makeDataset() throws IOException {
        Path images = Files.createDirectories(folder.resolve("pie/annotation_images"));
        List<String> entries = new ArrayList<>();
        for (String name : List.of("000", "020", "017")) {
            Files.copy(SampleRun.SAMPLES.resolve("images/" + name + ".png"), images.resolve(name + ".png"));
            entries.add("""
                    "%s": {"image_path": "%s.png", "original_prompt": "a [cat] up", "editing_prompt": "a [dog] up",
                     "editing_type_id": "1", "blended_word": "cat dog", "mask": [40000, 60000]}
                    """.formatted(name, name));
        }
        Files.writeString(folder.resolve("pie/mapping_file.json"), "{" + String.join(",", entries) + "}");
    }

    private int nightly(String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("nightly"));
        command.addAll(List.of("--dataset", folder.resolve("pie").toString()));
        command.addAll(List.of("--output", folder.resolve("nightly").toString()));
        command.addAll(List.of("--rows", "negative-prompt+p2p", "--steps", "1", "--max-slowdown", "1000"));
        command.addAll(List.of("--clip-model", folder.resolve("clip").toString()));
        command.addAll(List.of(more));
        Process process = CommandProcess.start(Redirect.to(log().toFile()), command);
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }

    private Path log() {
        return folder.resolve("log");
    }

    /** As if edits had followed their prompts better, by a point of the CLIP score. */
    private static void improve(Path run) throws IOException, SQLException {
        NightlyRuns.change(run.resolve("metrics"), "update rows set clip = clip + 0.01");
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void equalEditsPassAndALowerClipScoreFails() throws Exception {
        makeDataset();
        new TinyClip("quick_gelu").opposite().write(folder.resolve("clip"));

        assertThat(nightly()).as(Files.readString(log())).isZero();
        assertThat(NightlyRuns.verdict(NightlyRuns.in(folder.resolve("nightly")).get(0))
                        .path("verdict")
                        .asText())
                .isEqualTo("first");
        improve(NightlyRuns.in(folder.resolve("nightly")).get(0));

        assertThat(nightly()).as(Files.readString(log())).isEqualTo(NightlyCommand.WORSE);
        JsonNode verdict =
                NightlyRuns.verdict(NightlyRuns.in(folder.resolve("nightly")).get(1));
        assertThat(verdict.path("verdict").asText()).isEqualTo("fail");
        assertThat(verdict.path("rows")).hasSize(1);
        JsonNode row = verdict.path("rows").get(0);
        assertThat(row.path("pairs").asInt()).isEqualTo(3);
        assertThat(row.path("clip_change").path("mean").asDouble()).isBetween(-1.01, -0.99);
        assertThat(row.path("psnr_change").path("n").asInt()).isEqualTo(3);
        assertThat(row.path("psnr_change").path("mean").asDouble()).isBetween(-0.01, 0.01);
        assertThat(Files.readString(log()))
                .contains("clip-drop", "negative-prompt + prompt-to-prompt at 1 step: mean CLIP score −1.00");
        assertThat(NightlyRuns.in(folder.resolve("nightly")).get(1).resolve("report/pie-bench.html"))
                .isNotEmptyFile();
    }
}
