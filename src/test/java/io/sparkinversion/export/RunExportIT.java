package io.sparkinversion.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.DatasetFiles;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.export.ExportSettings.Layout;
import io.sparkinversion.export.ExportSettings.Order;
import io.sparkinversion.export.ExportSettings.Pick;
import io.sparkinversion.job.JobFixture;
import io.sparkinversion.job.SparkTestSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of a run of four images and two methods; what is written is read again as a dataset. */
class RunExportIT {
    @TempDir
    static Path folder;

    private static JobFixture job;

    @BeforeAll
    static void run() {
        job = new JobFixture(folder).withImages(3).withImage("Odd #1", "odd").withImage("bad", "poison");
        job.run();
    }

    @Test
    void aFolderHasTheFilesByKindAndATable() throws IOException {
        assertThat(export("folder", Layout.FOLDER, null, Pick.ALL)).isEqualTo(4 + 2 * 4);
        assertThat(names("folder"))
                .contains("captions.csv", "originals/i00.png", "reconstructions/i00.negative-prompt.png")
                .noneMatch(name -> name.contains("#"))
                .hasSize(13);
        assertThat(Files.readString(folder.resolve("folder/originals/i01.png"))).isEqualTo("png of pixels 1");
        assertThat(captions("folder")).hasSize(12).contains("originals/i00: a caption of i00");
    }

    @Test
    void everyLayoutIsReadAsADataset() throws IOException {
        String where = "method = 'negative-prompt' and image_id like 'i0%' and lpips < 0.3";
        List<String> all = List.of(
                "originals/i00: a caption of i00",
                "originals/i01: a caption of i01",
                "originals/i02: a caption of i02",
                "reconstructions/i00.negative-prompt: a caption of i00",
                "reconstructions/i01.negative-prompt: a caption of i01",
                "reconstructions/i02.negative-prompt: a caption of i02");
        for (Layout layout : List.of(Layout.IMAGEFOLDER, Layout.SIDECAR)) {
            assertThat(export(layout.name(), layout, where, Pick.ALL)).isEqualTo(6);
            assertThat(captions(layout.name())).as(layout.name()).containsExactlyInAnyOrderElementsOf(all);
        }
        assertThat(export("tar", Layout.WEBDATASET, where, Pick.ALL)).isEqualTo(6);
        assertThat(captions("tar"))
                .containsExactlyInAnyOrderElementsOf(all.stream()
                        .map(text -> text.replace(".negative-prompt", "_negative-prompt"))
                        .toList());
        assertThat(Files.readString(folder.resolve("IMAGEFOLDER/metadata.jsonl")))
                .contains("\"file_name\":\"originals/i00.png\",\"text\":\"a caption of i00\"")
                .contains("\"lpips\":0.25");
    }

    @Test
    void theWorstTheBestAndASampleAreFew() throws IOException {
        long worst = export("worst", Layout.SIDECAR, "method = 'ddim-cfg'", new Pick(Order.WORST, 1));
        long best = export("best", Layout.SIDECAR, "method = 'ddim-cfg'", new Pick(Order.BEST, 1));
        assertThat(List.of(worst, best)).containsExactly(2L, 2L);
        String query = "select image_id from read_parquet('" + job.output() + "/metrics/*/*.parquet')"
                + " where method = 'ddim-cfg' and status = 'ok' order by psnr";
        List<String> ids = duckDb(query);
        assertThat(names("worst")).anyMatch(name -> name.contains(FileNames.of(ids.get(0))));
        assertThat(names("best")).anyMatch(name -> name.contains(FileNames.of(ids.get(ids.size() - 1))));
        assertThat(export("sample", Layout.SIDECAR, null, new Pick(Order.SAMPLE, 2)))
                .isBetween(2L, 4L);
    }

    @Test
    void mistakesAreNamed() {
        assertThatThrownBy(() -> export("none", Layout.FOLDER, "colour = 1", Pick.ALL))
                .isInstanceOf(JobException.class)
                .hasMessageStartingWith("where: ")
                .hasMessageContaining("colour");
        assertThatThrownBy(() -> export("none", Layout.FOLDER, "psnr < 0", Pick.ALL))
                .hasMessageContaining("none meets --where psnr < 0");
        assertThatThrownBy(() -> export("data", Layout.FOLDER, null, Pick.ALL)).hasMessageContaining("is not empty");
        ExportSettings elsewhere = new ExportSettings(
                folder.resolve("nowhere").toString(), "x", Layout.FOLDER, List.of(), null, Pick.ALL, "psnr");
        assertThatThrownBy(() -> RunExport.write(SparkTestSession.session(), elsewhere))
                .hasMessageStartingWith("there is no run in ");
    }

    @Test
    void namesStayApart() {
        assertThat(FileNames.of("a/b-1.x")).isEqualTo("a/b-1.x");
        assertThat(List.of(FileNames.of("a#2"), FileNames.of("a?2"), FileNames.of("A_2"), FileNames.of("a_2")))
                .doesNotHaveDuplicates()
                .allMatch(name -> name.matches("[\\w.-]+"));
        assertThat(FileNames.of("../../x")).doesNotContain("..");
    }

    private long export(String name, Layout layout, String where, Pick pick) {
        return RunExport.write(
                SparkTestSession.session(),
                new ExportSettings(
                        job.output().toString(),
                        folder.resolve(name).toString(),
                        layout,
                        List.of(),
                        where,
                        pick,
                        "psnr"));
    }

    private List<String> names(String name) throws IOException {
        Path target = folder.resolve(name);
        try (Stream<Path> files = Files.walk(target)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> target.relativize(file).toString())
                    .toList();
        }
    }

    private List<String> captions(String name) {
        return new DatasetFiles(folder.resolve(name))
                .read().collectAsList().stream()
                        .map(row -> row.getAs("image_id") + ": " + row.getAs("caption"))
                        .toList();
    }

    private static List<String> duckDb(String query) {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                ResultSet result = connection.createStatement().executeQuery(query)) {
            List<String> values = new ArrayList<>();
            while (result.next()) {
                values.add(result.getString(1));
            }
            return values;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
