package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.WithoutSpark;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@WithoutSpark
class VerifyCommandTest {
    @TempDir
    private Path folder;

    private final StringWriter errors = new StringWriter();

    private int verify() {
        CommandLine commandLine = Main.commandLine();
        commandLine.setErr(new PrintWriter(errors, true));
        return commandLine.execute("verify", folder.toString());
    }

    @Test
    void aFolderWithoutAnyGoldenIsWrong() throws IOException {
        Files.createDirectories(folder.resolve("goldens"));

        assertThat(verify()).isEqualTo(Main.WRONG_SETTINGS);
        assertThat(errors.toString()).contains("nothing was compared");
    }

    @Test
    void aModelThatIsMissingIsAFailure() throws IOException {
        Files.createDirectories(folder.resolve("goldens/nowhere"));

        assertThat(verify()).isEqualTo(1);
    }
}
