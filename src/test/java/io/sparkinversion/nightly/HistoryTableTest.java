package io.sparkinversion.nightly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.nightly.Verdict.Outcome;
import io.sparkinversion.report.Estimate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTableTest {
    private static final Estimate NOT_DEFINED = Estimate.read(Double.NaN, Double.NaN, Double.NaN);

    @TempDir
    private Path folder;

    static HistoryRow row(String run, String method, Outcome verdict, double psnr, Rule... rules) {
        return new HistoryRow(
                Instant.parse("2026-11-23T02:00:00Z"),
                run,
                "a52134e",
                verdict == Outcome.FIRST ? null : "earlier",
                verdict,
                List.of(rules),
                method,
                50,
                100,
                2,
                Estimate.read(psnr, psnr - 0.25, psnr + 0.25),
                Estimate.read(0.9191, 0.91, 0.93),
                NOT_DEFINED,
                Estimate.read(1.0 / 3, 0.25, 0.5));
    }

    @Test
    void whatIsWrittenIsRead() {
        List<HistoryRow> rows = List.of(
                row("one", "negative-prompt", Outcome.FIRST, 28.81),
                row("two, too", "odd:a=\"b\",c=d", Outcome.FAIL, 28.1, Rule.PSNR_DROP, Rule.NEW_FAILURE),
                row("#three", " spaces kept ", Outcome.PASS, 28.8),
                row("four", "on two\nlines", Outcome.PASS, Double.MIN_VALUE));

        assertThat(HistoryTable.read(HistoryTable.write(rows))).isEqualTo(rows);
    }

    @Test
    void duckDbReadsTheSameNumbersAndNames() throws SQLException, IOException {
        Path file = folder.resolve("history.csv");
        Files.writeString(
                file,
                HistoryTable.write(List.of(
                        row("one", "odd:a=\"b\",c=d", Outcome.FIRST, 28.81),
                        row("two", "ddim", Outcome.FAIL, 14.5, Rule.SLOWDOWN))));

        List<String> read = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("select method, psnr - psnr_ci_low, lpips, verdict, rules,"
                        + " n + failed, hour(\"when\") from read_csv('" + file + "') order by run")) {
            while (result.next()) {
                read.add(String.join(
                        "|",
                        result.getString(1),
                        result.getString(2),
                        result.getString(3),
                        result.getString(4),
                        result.getString(5),
                        result.getString(6),
                        result.getString(7)));
            }
        }

        assertThat(read)
                .containsExactly("odd:a=\"b\",c=d|0.25|null|first|null|102|2", "ddim|0.25|null|fail|slowdown|102|2");
    }

    @Test
    void aLineThatAKilledWriterLeftHalfWrittenDoesNotCount() {
        List<HistoryRow> rows =
                List.of(row("one", "ddim", Outcome.FIRST, 28.81), row("two", "ddim", Outcome.PASS, 28.82));
        String text = HistoryTable.write(rows);
        int secondLine = text.indexOf("\r\n", text.indexOf("\r\n") + 2) + 2;

        for (int end = secondLine; end < text.length() - 1; end++) {
            assertThat(HistoryTable.read(text.substring(0, end)))
                    .as("cut at " + end)
                    .isEqualTo(rows.subList(0, 1));
        }
        assertThat(HistoryTable.read(text.substring(0, 20))).isEmpty();
        assertThat(HistoryTable.read("")).isEmpty();
    }

    @Test
    void aTableWithPlainLineEndsAndAFurtherColumnIsRead() {
        List<HistoryRow> rows = List.of(row("one", "ddim", Outcome.FIRST, 28.81));
        String[] lines = HistoryTable.write(rows).split("\r\n");

        assertThat(HistoryTable.read("note," + lines[0] + "\nby hand," + lines[1] + "\n"))
                .isEqualTo(rows);
    }

    @Test
    void aLineThatIsNoneIsNamed() {
        String text = HistoryTable.write(List.of(row("one", "ddim", Outcome.FIRST, 28.81)));

        assertThatThrownBy(() -> HistoryTable.read(text.replace("28.81", "a lot")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("entry 1 below the header")
                .hasMessageContaining("a lot");
        assertThatThrownBy(() -> HistoryTable.read("a,b\n1,2\n"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no column");
    }
}
