package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands as a user runs them, with the embedded model. */
@Tag("slow")
class EvaluateRunIT {
    private static final int IMAGES = 8;

    @TempDir
    private Path folder;

    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void methodsShareOneInversionAnImageAndTheReportIsMadeAnewFromTheTables() throws Exception {
        Path output = folder.resolve("out");
        String printed = CommandProcess.run(
                folder,
                "evaluate",
                "--dataset",
                SampleRun.SAMPLES.toString(),
                "--output",
                output.toString(),
                "--sample",
                Integer.toString(IMAGES),
                "--seed",
                "5",
                "--methods",
                "vae,ddim,ddim-cfg,negative-prompt",
                "--steps",
                "4,1");

        assertThat(printed)
                .containsSubsequence("part 1 of 2: 1 step,", "model loaded once (1 executor)")
                .containsSubsequence("part 2 of 2: 4 steps,", "model loaded already", "/report/report.html");
        Tables four = new Tables(output.resolve("steps-0004"));
        assertThat(four.query(
                        "select method || ' ' || count(*) || ' ' || min(unet_evaluations) || ' ' || "
                                + "max(unet_evaluations) || ' ' || min(unet_evaluations_reconstruction) || ' ' || "
                                + "max(unet_evaluations_reconstruction) from metrics where status = 'ok' "
                                + "group by method order by method",
                        row -> row.getString(1)))
                .containsExactly(
                        "ddim 8 8 8 4 4", "ddim-cfg 8 12 12 8 8", "negative-prompt 8 8 8 4 4", "vae 8 0 0 0 0");
        int shared = IMAGES * (4 + 4 + 8 + 4);
        assertThat(json(output, "steps-0004/run.json")
                        .at("/counters/unet_evaluations")
                        .asInt())
                .as("four steps of inversion an image, not four for each method")
                .isEqualTo(shared);
        assertThat(four.query(
                        "select count(*) from (select image_id from metrics where method <> 'vae' group by image_id"
                                + " having count(distinct seconds_inversion) = 1)",
                        row -> row.getInt(1)))
                .as("the one inversion's time is charged to each method")
                .containsExactly(IMAGES);
        List<String> sample = new ArrayList<>();
        json(output, "evaluation.json").get("sample_ids").forEach(id -> sample.add(id.asText()));
        assertThat(four.query("select distinct image_id from metrics", row -> row.getString(1)))
                .containsExactlyInAnyOrderElementsOf(sample);

        Path page = output.resolve("report/report.html");
        assertThat(page).isNotEmptyFile();
        Files.delete(page);
        assertThat(CommandProcess.run(folder, "report", output.toString()))
                .contains("negative-prompt", "ddim-cfg", "report.html");
        assertThat(page).content().contains(sample.get(0)).contains("seed 5");
    }

    private static JsonNode json(Path output, String name) throws IOException {
        return new ObjectMapper().readTree(output.resolve(name).toFile());
    }
}
