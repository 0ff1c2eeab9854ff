package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.job.RunSummary;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything that can be wrong with a row has its outcome, and the good rows theirs. */
class PoisonDatasetTest {
    @TempDir
    private Path folder;

    @Test
    void badRowsFailByCodeAndTheOthersGoOn() throws IOException {
        Path dataset = folder.resolve("dataset");
        Files.createDirectories(dataset);
        byte[] good = Files.readAllBytes(SampleRun.SAMPLES.resolve("images/000.png"));
        Files.write(dataset.resolve("good.png"), good);
        Files.write(dataset.resolve("truncated.png"), Arrays.copyOf(good, good.length / 2));
        Files.write(dataset.resolve("empty.png"), new byte[0]);
        Files.writeString(dataset.resolve("text.png"), "this is no picture\n");
        ImageIO.write(
                new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB),
                "png",
                dataset.resolve("dot.png").toFile());
        ImageIO.write(
                new BufferedImage(30_000, 20, BufferedImage.TYPE_INT_RGB),
                "png",
                dataset.resolve("wide.png").toFile());
        Files.writeString(
                dataset.resolve("captions.csv"),
                String.join(
                        "\n",
                        "path,caption,id",
                        "good.png,twemoji emoji of brown heart,good",
                        "truncated.png,a heart,truncated",
                        "empty.png,a heart,empty",
                        "text.png,a heart,text",
                        "dot.png,a dot,dot",
                        "wide.png,a line,wide",
                        "nowhere.png,a heart,nowhere",
                        "../secret.png,a heart,escape",
                        "good.png,,uncaptioned",
                        "good.png," + "many words ".repeat(5_000) + ",long",
                        "good.png,again,good",
                        ""));
        ByteArrayOutputStream printed = new ByteArrayOutputStream();

        Path output = folder.resolve("out");
        RunSummary summary =
                SampleRun.of(2).of(dataset).into(output, new PrintStream(printed, true, StandardCharsets.UTF_8));

        List<String> outcomes = new Tables(output)
                .query(
                        "select image_id || ': ' || coalesce(error_code, status) from metrics order by image_id",
                        row -> row.getString(1));
        assertThat(outcomes)
                .containsExactlyInAnyOrder(
                        "dot: ok",
                        "empty: EMPTY_FILE",
                        "escape: INVALID_PATH",
                        "good: ok",
                        "good#2: DUPLICATE_ID",
                        "long: ok",
                        "nowhere: FILE_NOT_FOUND",
                        "text: UNKNOWN_FORMAT",
                        "truncated: CORRUPT_IMAGE",
                        "uncaptioned: MISSING_CAPTION",
                        "wide: ok");
        String truncated = "select image_id from metrics where caption_truncated";
        assertThat(new Tables(output).query(truncated, row -> row.getString(1))).containsExactly("long");
        assertThat(summary.images()).isEqualTo(11);
        assertThat(summary.failed()).isEqualTo(7);
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("EMPTY_FILE", "INVALID_PATH", "DUPLICATE_ID", "MISSING_CAPTION", "CORRUPT_IMAGE");
    }
}
