package io.sparkinversion.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SmallFilesTest {
    @TempDir
    java.nio.file.Path folder;

    @Test
    void aFileThatReplacesOneWithAChecksumLeavesNoneThatDeniesIt() throws Exception {
        FileSystem files = FileSystem.getLocal(new Configuration());
        Path path = new Path(folder.resolve("run.json").toUri());
        try (OutputStream out = files.create(path, true)) {
            out.write(1);
        }
        assertThat(folder.resolve(".run.json.crc")).exists();

        OutputDirectory output = new OutputDirectory(folder.toString(), new Configuration());
        output.write(path, "new");

        assertThat(folder.resolve(".run.json.crc")).doesNotExist();
        assertThat(output.read(path)).isEqualTo("new");
    }

    @Test
    void aFileThatMustBeNewDoesNotReplaceOne() throws Exception {
        FileSystem files = FileSystem.getLocal(new Configuration());
        Path path = new Path(folder.resolve("lock").toUri());
        Files.writeString(folder.resolve("lock"), "of another run");
        assertThatThrownBy(() -> SmallFiles.create(files, path, false)).isInstanceOf(IOException.class);
        assertThat(folder.resolve("lock")).hasContent("of another run");
    }
}
