package io.sparkinversion.evaluation;

import static io.sparkinversion.evaluation.MadeUp.evaluation;
import static io.sparkinversion.evaluation.MadeUp.failed;
import static io.sparkinversion.evaluation.MadeUp.good;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportFilesTest {
    private static final List<String> BOTH = List.of("negative-prompt", "null-text");

    private final Evaluation two = evaluation(
            BOTH,
            List.of(50),
            good("a", "negative-prompt", 50, 20, 0.3, 1),
            good("b", "negative-prompt", 50, 24, 0.2, 1),
            good("a", "null-text", 50, 23, 0.2, 10),
            good("b", "null-text", 50, 29, 0.05, 30));

    @Test
    void namesTheFilesThatOneStepCountGives() {
        assertThat(EvaluationReport.files(two, Pictures.NONE).keySet())
                .containsExactly(
                        "table.md",
                        "table.csv",
                        "report.html",
                        "plots/time-quality.png",
                        "plots/psnr-distribution.png",
                        "plots/lpips-distribution.png");
    }

    @Test
    void aSweepAndNullTextHaveTheirPlots() {
        Evaluation sweep = MadeUp.many(6, List.of("negative-prompt", "null-text"), List.of(10, 20));

        assertThat(EvaluationReport.files(sweep, Pictures.NONE).keySet())
                .contains(
                        "plots/psnr-steps.png",
                        "plots/lpips-steps.png",
                        "plots/seconds-steps.png",
                        "plots/null-text-cosine.png",
                        "plots/null-text-inner-steps.png");
    }

    @Test
    void markdownHasOurRowsAndThePublishedOnesWithTheirSetting() {
        String markdown = text(two, "table.md");

        // means 22 and 26; standard errors 2 and 3; t of one degree of freedom is 12.706
        assertThat(markdown)
                .contains("| negative-prompt | 50 | 2 | 0 | 22.00 ± 2.00<br>\\[-3.41, 47.41\\] |")
                .contains("| null-text | 50 | 2 | 0 | 26.00 ± 3.00<br>\\[-12.12, 64.12\\] |")
                .contains("| +4.00<br>\\[−8.71, +16.71\\] | −0.1250<br>\\[−0.4427, +0.1927\\] |")
                .contains("| negative-prompt (published \\*) | 50 | 100 |  | 23.38 |  | 0.1603 |")
                .contains("| null-text (published \\*) | 50 | 129.768 |")
                .contains("| DDIM + CFG (published \\*) | 50 | 4.611 |")
                .contains("\\* published: Miyake et al., arXiv 2305.16807, Stable Diffusion 1.x, 100 COCO images,"
                        + " 512x512, 50 steps, guidance 7.5, their GPU");
        assertThat(markdown.lines()
                        .filter(line -> line.startsWith("|"))
                        .map(ReportFilesTest::cells)
                        .distinct())
                .describedAs("cells in a row, of the two tables")
                .hasSize(2);
    }

    @Test
    void markdownShowsMarkupInNamesAsText() {
        String name = "null-text|<b>*x*</b>";
        String markdown = text(evaluation(List.of(name), List.of(50), good("a", name, 50, 20, 0.3, 1)), "table.md");

        assertThat(markdown)
                .contains("| null-text\\|&lt;b&gt;\\*x\\*&lt;/b&gt; | 50 |")
                .doesNotContain("<b>");
    }

    @Test
    void csvReadsBackInFullPrecision(@TempDir Path folder) throws IOException, SQLException {
        String odd = "null-text:start=\"caption\",x";
        Evaluation thirds = evaluation(
                List.of("negative-prompt", odd),
                List.of(50),
                good("a", "negative-prompt", 50, 20, 0.3, 1),
                good("b", "negative-prompt", 50, 20.1, 0.3, 1),
                good("c", "negative-prompt", 50, 20, 0.3, 1),
                good("a", odd, 50, 24, Double.NaN, 3));
        Path file = Files.write(
                folder.resolve("table.csv"),
                EvaluationReport.files(thirds, Pictures.NONE).get("table.csv"));

        try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
                ResultSet rows = duck.createStatement()
                        .executeQuery("SELECT * FROM read_csv('" + file + "', header = true) ORDER BY n DESC")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getString("method")).isEqualTo("negative-prompt");
            assertThat(rows.getDouble("psnr_mean")).isCloseTo(60.1 / 3, within(1e-14));
            assertThat(rows.getInt("lpips_above_0.25_count")).isEqualTo(3);
            assertThat(rows.getObject("psnr_minus_negative_prompt_mean")).isNull();
            assertThat(rows.next()).isTrue();
            assertThat(rows.getString("method")).isEqualTo(odd);
            assertThat(rows.getInt("n")).isEqualTo(1);
            assertThat(rows.getDouble("psnr_minus_negative_prompt_mean")).isEqualTo(4);
            assertThat(rows.getObject("psnr_ci_low")).isNull();
            assertThat(rows.getObject("lpips_mean")).isNull();
            assertThat(rows.getDouble("seconds_over_negative_prompt_mean")).isEqualTo(3);
            assertThat(rows.getLong("peak_memory_bytes")).isEqualTo(512L << 20);
            assertThat(rows.next()).isFalse();
        }
    }

    @Test
    void terminalTableIsAligned() {
        List<String> lines = EvaluationReport.text(two).lines().toList();

        assertThat(lines.get(0))
                .startsWith("method             steps    n  failed  ")
                .contains("time / NPI");
        assertThat(lines.get(1)).startsWith("negative-prompt       50    2       0  22.00 ± 2.00  ");
        assertThat(lines.get(3)).startsWith("DDIM + CFG *          50  100                 14.05  ");
        assertThat(lines.get(6)).isEqualTo("* " + Published.SETTING);
        int end = lines.get(0).indexOf("PSNR") + "PSNR".length();
        assertThat(lines.subList(1, 6))
                .allSatisfy(line -> assertThat(line.charAt(end - 1)).isNotEqualTo(' '));
    }

    @Test
    void oneImageHasADashForWhatIsNotDefined() {
        Evaluation one = evaluation(List.of("ddim"), List.of(50), good("a", "ddim", 50, 20, 0.3, 1));

        assertThat(text(one, "table.md")).contains("| ddim | 50 | 1 | 0 | 20.00 ± –<br>– |");
        assertThat(EvaluationReport.text(one)).contains("20.00 ± –");
        assertThat(text(one, "report.html")).contains("<span>20.00</span> <span class=\"error\">± –</span>");
    }

    @Test
    void withoutLpipsNothingSpeaksOfIt() {
        Measurement image = good("a", "ddim", 50, 20, Double.NaN, 1);
        Evaluation one = new Evaluation(Map.of(), null, false, List.of("ddim"), List.of(50), List.of(image));

        assertThat(EvaluationReport.text(one).lines().limit(2)).noneMatch(line -> line.contains("LPIPS"));
        assertThat(text(one, "report.html")).doesNotContain("data-key=\"lpips");
        assertThat(EvaluationReport.files(one, Pictures.NONE)).doesNotContainKey("plots/lpips-distribution.png");
    }

    @Test
    void aMethodWithoutResultsHasARowOfDashes() {
        Evaluation lost = evaluation(
                List.of("negative-prompt", "ddim"),
                List.of(50),
                good("a", "negative-prompt", 50, 20, 0.3, 1),
                failed("a", "a cat", "ddim", 50, "OUT_OF_DEVICE_MEMORY"));

        assertThat(text(lost, "table.md")).contains("| ddim | 50 | 0 | 1 | – | – | – |");
        assertThat(text(lost, "table.md"))
                .contains("- OUT_OF_DEVICE_MEMORY: 1 image, such as a: a cat (ddim; steps 50)");
        assertThat(text(lost, "report.html"))
                .contains("no result: 1 image, all failed.")
                .contains("<code>OUT_OF_DEVICE_MEMORY</code>")
                .contains("a: a cat (ddim; steps 50)");
    }

    @Test
    void nothingAtAllStillGivesAReport() {
        Evaluation none = evaluation(BOTH, List.of(50));

        assertThat(EvaluationReport.files(none, Pictures.NONE).keySet())
                .containsExactly("table.md", "table.csv", "report.html");
        assertThat(text(none, "report.html")).contains("not measured.").contains("There is nothing to plot.");
    }

    private static long cells(String row) {
        return row.replace("\\|", "").chars().filter(letter -> letter == '|').count();
    }

    private static String text(Evaluation evaluation, String name) {
        return new String(EvaluationReport.files(evaluation, Pictures.NONE).get(name), StandardCharsets.UTF_8);
    }
}
