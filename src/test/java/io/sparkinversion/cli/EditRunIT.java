package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.EditSource;
import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.editing.EditOptions;
import io.sparkinversion.editing.EditOptions.Attention;
import io.sparkinversion.editing.EditOptions.Blend;
import io.sparkinversion.engine.EditRecipe;
import io.sparkinversion.engine.EditRecipe.Control;
import io.sparkinversion.gallery.EditReport;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.job.SparkTestSession;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole editing job with the embedded model, a few steps, on a copy of some sample images. */
@Timeout(600)
class EditRunIT {
    private static final int STEPS = 3;
    private static final String CAPTIONS = """
            id,path,caption,edit_prompt
            heart,images/000.png,twemoji emoji of brown heart,"[""twemoji emoji of orange heart"", ""fluent emoji of brown heart""]"
            pig,images/020.png,twemoji emoji of pig,twemoji emoji of tiger
            lost,images/nowhere.png,twemoji emoji of pear,twemoji emoji of apple
            plain,images/017.png,twemoji emoji of lime,
            """;

    @TempDir
    private Path folder;

    private Path dataset;
    private Path output;

    @BeforeEach
    void makeDataset() throws IOException {
        dataset = folder.resolve("dataset");
        output = folder.resolve("out");
        Files.createDirectories(dataset.resolve("images"));
        for (String name : List.of("000.png", "020.png", "017.png")) {
            Files.copy(SampleRun.SAMPLES.resolve("images/" + name), dataset.resolve("images/" + name));
        }
        Files.writeString(dataset.resolve("captions.csv"), CAPTIONS);
    }

    private RunSummary edit(EditSource source, Method... methods) {
        EditOptions controlled = new EditOptions(Attention.AUTO, 0.4, 0.6, Map.of(), Blend.AUTO, 0.2, 0.3);
        EditRecipe recipe = new EditRecipe(List.of(new Control("prompt-to-prompt", controlled)), null, true);
        SampleRun run = SampleRun.of(STEPS).of(dataset).with(methods);
        JobSettings plain = run.settings(output);
        DatasetSettings edited = new DatasetSettings(dataset.toString(), null, Format.AUTO, 0, 0, 0, source);
        return SampleRun.run(
                new JobSettings(edited, output.toString(), plain.worker().editing(recipe), "demo", 1, 0, Resume.REUSE));
    }

    private List<String> query(String query) {
        return new Tables(output).query(query, row -> row.getString(1));
    }

    @Test
    void editsAreRowsBesideTheirOriginalsAndChangedPromptsReuseTheInversion() throws Exception {
        RunSummary first = edit(EditSource.DATASET, Method.NEGATIVE_PROMPT);

        assertThat(first.images()).as("the image without an edit is left out").isEqualTo(3);
        assertThat(first.failed()).isEqualTo(1);
        assertThat(first.unetEvaluations()).isEqualTo((1 + 1 + 2 * 2) * STEPS + (1 + 1 + 2) * STEPS);
        assertThat(query("select image_id || ' ' || edit || ' ' || status || ' ' || edit_prompt from metrics"
                        + " order by image_id, edit"))
                .containsExactly(
                        "heart 0 ok twemoji emoji of orange heart",
                        "heart 1 ok fluent emoji of brown heart",
                        "lost 0 failed twemoji emoji of apple",
                        "pig 0 ok twemoji emoji of tiger");
        assertThat(query("select image_id || ' ' || unet_evaluations_inversion || ' '"
                        + " || unet_evaluations_reconstruction || ' ' || unet_evaluations_edit || ' '"
                        + " || unet_evaluations_image from metrics where status = 'ok' order by image_id, edit"))
                .containsExactly("heart 3 3 6 18", "heart 3 3 6 18", "pig 3 3 6 12");
        assertThat(query("select count(*) from metrics where status = 'ok' and edit_psnr > 5 and edit_lpips > 0"
                        + " and mask = 'blend:negative-prompt' and mask_share between 0 and 1 and clip is null"))
                .containsExactly("3");
        assertThat(query("select image_id || ' ' || edited.path from images order by 1"))
                .containsExactly(
                        "heart heart.negative-prompt.prompt-to-prompt.0.edited.png",
                        "heart heart.negative-prompt.prompt-to-prompt.1.edited.png",
                        "pig pig.negative-prompt.prompt-to-prompt.0.edited.png");
        assertThat(query(
                        "select image_id || ' ' || kind || ' ' || array_to_string(shape, 'x') from latents order by 1"))
                .containsExactly("heart zT 4x16x16", "pig zT 4x16x16");

        RunSummary again = edit(EditSource.DATASET, Method.NEGATIVE_PROMPT);

        assertThat(again.unetEvaluations()).isZero();
        assertThat(again.reused()).isEqualTo(3);

        Files.writeString(dataset.resolve("captions.csv"), CAPTIONS.replace("emoji of tiger", "emoji of bear"));
        RunSummary changed = edit(EditSource.DATASET, Method.NEGATIVE_PROMPT);

        assertThat(changed.computed()).isEqualTo(1);
        assertThat(changed.unetEvaluations())
                .as("source branch and edit, no inversion")
                .isEqualTo((1 + 2) * STEPS);
        assertThat(query("select edit_prompt || ' ' || unet_evaluations_inversion from metrics where image_id = 'pig'"))
                .containsExactly("twemoji emoji of bear 0");
        assertThat(query("select count(*) from latents where image_id = 'pig'")).containsExactly("1");

        Files.writeString(
                dataset.resolve("captions.csv"),
                CAPTIONS.replace("images/020.png,twemoji emoji of pig", "images/020.png,twemoji emoji of a pig")
                        .replace("emoji of tiger", "emoji of a bear"));
        assertThat(edit(EditSource.DATASET, Method.NEGATIVE_PROMPT).unetEvaluations())
                .as("another caption is another inversion")
                .isEqualTo((1 + 1 + 2) * STEPS);
    }

    @Test
    void theGalleryShowsEveryRowAndIsMadeAnewFromTheTables() throws Exception {
        edit(EditSource.templates(List.of("s/twemoji/fluent/", "{caption} in a box")), Method.NEGATIVE_PROMPT);

        EditReport.Written written = EditReport.write(SparkTestSession.session(), output.toString(), 10_000);

        Path page = output.resolve("report/edits.html");
        assertThat(written.place())
                .isEqualTo("gallery: file:" + page + "\ntable: file:" + output.resolve("report/pie-bench.html")
                        + " (and .md, .csv)\n");
        assertThat(written.means()).containsPattern("negative-prompt +prompt-to-prompt +6 +2 ");
        assertThat(page).content().contains("fluent emoji of brown heart", "twemoji emoji of lime in a box");
        List<String> keys = query("select row_key from metrics where status = 'ok' order by 1");
        assertThat(keys).hasSize(6);
        assertThat(keys).allSatisfy(key -> {
            assertThat(output.resolve("report/gallery/" + key.substring(0, 2) + "/" + key + ".png"))
                    .isNotEmptyFile();
            assertThat(page).content().contains(key);
        });
        assertThat(page).content().contains("FILE_NOT_FOUND");
    }
}
