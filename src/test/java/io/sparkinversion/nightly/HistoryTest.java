package io.sparkinversion.nightly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.job.FaultyFileSystem;
import io.sparkinversion.job.FaultyFileSystem.Operation;
import io.sparkinversion.nightly.Verdict.Outcome;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.report.Estimate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class HistoryTest {
    private static final HistoryRow ONE = row("one");
    private static final HistoryRow TWO = row("two");
    private static final HistoryRow THREE = row("three");

    @TempDir
    private Path folder;

    private static HistoryRow row(String run) {
        Estimate mean = Estimate.read(0.5, 0.25, 0.75);
        return new HistoryRow(
                Instant.parse("2026-11-23T02:00:00Z"),
                run,
                "1.0",
                null,
                Outcome.PASS,
                List.of(),
                "ddim",
                50,
                100,
                0,
                mean,
                mean,
                mean,
                mean);
    }

    private History history(String scheme) throws IOException {
        Configuration configuration = new Configuration();
        FaultyFileSystem.register(configuration);
        return new History(new OutputDirectory(scheme + folder, configuration), configuration);
    }

    @AfterEach
    void revive() {
        FaultyFileSystem.revive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "file:", "faulty:"})
    void runsAreAddedAtTheEnd(String scheme) throws IOException {
        assertThat(history(scheme).read()).isEmpty();
        history(scheme).add(List.of(ONE));
        assertThat(history(scheme).add(List.of(TWO, THREE))).containsExactly(ONE, TWO, THREE);

        assertThat(history(scheme).read()).containsExactly(ONE, TWO, THREE);
        assertThat(folder.toFile().list())
                .as("no copy and no checksum file stays")
                .containsExactly("history.csv");
    }

    @ParameterizedTest
    @EnumSource(Operation.class)
    void aKillAtAnyStepLeavesAllEarlierRuns(Operation fatal) throws IOException {
        history("faulty:").add(List.of(ONE));
        for (String step : List.of("/_history.csv", "/history.csv")) {
            FaultyFileSystem.killAt(fatal, step);
            try {
                history("faulty:").add(List.of(TWO));
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("injected");
            }
            FaultyFileSystem.revive();

            assertThat(history("faulty:").read())
                    .as("killed at %s of %s", fatal, step)
                    .contains(ONE);
        }

        List<HistoryRow> before = history("faulty:").read();
        assertThat(history("faulty:").add(List.of(THREE))).containsAll(before).endsWith(THREE);
        assertThat(history("faulty:").read()).endsWith(THREE);
    }

    @Test
    void aHalfWrittenCopyDoesNotCountWhereTheTableIsThere() throws IOException {
        history("").add(List.of(ONE));
        Files.writeString(folder.resolve("_history.csv"), "when,run,co");

        assertThat(history("").read()).containsExactly(ONE);
        assertThat(history("").add(List.of(TWO))).containsExactly(ONE, TWO);
    }

    @Test
    void whatIsNoHistoryIsNamedAndLeftAlone() throws IOException {
        Files.writeString(folder.resolve("history.csv"), "name,age\r\nAda,36\r\n");

        assertThatThrownBy(() -> history("").add(List.of(ONE)))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("history.csv: entry 1 below the header cannot be read: the header has no column")
                .hasMessageEndingWith("correct the file, or move it away to begin a new one");
        assertThat(folder.resolve("history.csv")).hasContent("name,age\nAda,36\n");
    }
}
