package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.WithoutSpark;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

@WithoutSpark
class UsageTest {
    private final StringWriter printed = new StringWriter();
    private final StringWriter errors = new StringWriter();

    @ParameterizedTest
    @CsvSource({"invert, 45", "edit, 60", "evaluate, 50", "nightly, 60"})
    void theCommonOptionsFitAScreen(String command, int lines) {
        assertThat(run(command, "--help")).isZero();
        assertThat(printed.toString().lines())
                .hasSizeLessThanOrEqualTo(lines)
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(110))
                .first()
                .asString()
                .startsWith("Usage: jobs/" + command + " --dataset FOLDER --output FOLDER [OPTIONS]");
        assertThat(printed.toString()).contains("More options: jobs/" + command + " --help-all");
    }

    @ParameterizedTest
    @ValueSource(strings = {"invert", "edit", "evaluate", "report", "nightly", "verify", "contact-sheet", "programs"})
    void allOptionsAreListedWithTheirDefaults(String command) {
        assertThat(run(command, "--help-all")).isZero();
        assertThat(printed.toString()).doesNotContain("More options");
        Main.commandLine()
                .getSubcommands()
                .get(command)
                .getCommandSpec()
                .options()
                .forEach(option -> assertThat(printed.toString()).contains("  " + String.join(", ", option.names())));
    }

    @Test
    void aDefaultIsShownOnce() {
        run("invert", "--help-all");
        assertThat(printed.toString())
                .contains("Number of DDIM steps, 1 to 1000. Default: 50.")
                .contains("Default: the small model in data-samples.")
                .doesNotContain("${")
                .doesNotContain("Default: null");
    }

    @Test
    void aMisspeltOptionIsOneErrorAndAHint() {
        assertThat(run("invert", "--dataset=x", "--output=y", "--step=5")).isEqualTo(Main.WRONG_SETTINGS);
        assertThat(errors.toString().lines())
                .containsExactly("error: Unknown option: '--step=5'", "Possible solutions: --steps");
    }

    @Test
    void aMissingOptionIsNamed() {
        assertThat(run("invert", "--dataset=x")).isEqualTo(Main.WRONG_SETTINGS);
        assertThat(errors.toString().lines())
                .containsExactly("error: Missing required option: '--output=FOLDER'", "Options: jobs/invert --help");
    }

    private int run(String... arguments) {
        CommandLine command = Main.commandLine();
        command.setOut(new PrintWriter(printed, true)).setErr(new PrintWriter(errors, true));
        return command.execute(arguments);
    }

    @Test
    void aCommandsStartReadsNoOtherCommand() {
        assertThat(Main.commandLine("edit", "--help").getSubcommands()).containsOnlyKeys("edit");
        assertThat(Main.commandLine("--help").getSubcommands()).containsKeys("edit", "invert");
        assertThat(Main.commandLine("edti").getSubcommands()).containsKeys("edit", "invert");
    }
}
