package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another machine is one without the files. {@code YarnIT} has such nodes. */
class SharedPathsTest {
    @TempDir
    private Path folder;

    @Test
    void whatIsThereIsNotMissing() throws IOException {
        Files.createFile(folder.resolve("captions.csv"));

        assertThat(SharedPaths.missing(Map.of("dataset", folder.toString()))).isEmpty();
    }

    @Test
    void whatIsNotThereIsNamed() {
        assertThat(SharedPaths.missing(Map.of("model", "/only/there/sd15")))
                .hasValueSatisfying(message -> assertThat(message)
                        .startsWith("the model /only/there/sd15 is on the driver's machine, but the executor on ")
                        .endsWith(" does not see it"));
    }

    @Test
    void anOutputThatIsNotSharedIsKnownByItsLock() {
        assertThat(SharedPaths.missing(
                        Map.of("output", folder.resolve("_lock.json").toString())))
                .hasValueSatisfying(message -> assertThat(message).startsWith("the output " + folder + " is on"));
    }
}
