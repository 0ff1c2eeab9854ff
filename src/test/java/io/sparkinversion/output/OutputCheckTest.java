package io.sparkinversion.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sparkinversion.UserException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputCheckTest {
    @TempDir
    private Path folder;

    @Test
    void aFolderThatCanBeMadeIsFineAndIsNotMade() {
        OutputCheck.require(folder.resolve("a/b").toString());
        OutputCheck.require(folder.resolve("a/b").toUri().toString());
        OutputCheck.require("s3a://bucket/run");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aFileInTheWayIsNamed() throws Exception {
        Path file = Files.writeString(folder.resolve("notes"), "text");
        assertThatThrownBy(() -> OutputCheck.require(file.resolve("run").toString()))
                .isInstanceOf(UserException.class)
                .hasMessageContaining(file + " is a file");
    }

    @Test
    void aFullDiskIsFoundBeforeAnythingIsComputed() {
        OutputCheck.requireSpace("out", 1L << 30);
        assertThatThrownBy(() -> OutputCheck.requireSpace("out", 3L << 20))
                .isInstanceOf(StorageException.class)
                .hasMessage(
                        "the disk of the output out is full: 3 MiB are free; make room, or choose another --output");
    }

    /** Of a real file system that is mounted so; root may write in any other folder. */
    @Test
    void aReadOnlyFileSystemIsFoundBeforeAnythingIsComputed() {
        Path readOnly = Path.of("/sys/kernel");
        assumeThat(Files.isDirectory(readOnly) && !Files.isWritable(readOnly)).isTrue();
        assertThatThrownBy(() -> OutputCheck.require(readOnly.resolve("out").toString()))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("no permission to write in /sys/kernel");
    }
}
