package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder stands for the cluster's file system. */
class YarnFilesTest {
    @TempDir
    private Path folder;

    private Path store;
    private YarnFiles files;

    @BeforeEach
    void open() throws IOException {
        store = Files.createDirectory(folder.resolve("store"));
        files = new YarnFiles(FileSystem.getLocal(new Configuration()), new org.apache.hadoop.fs.Path(store.toUri()));
    }

    @Test
    void anArchiveHasAllJarsAtItsRootAndIsUploadedOnce() throws IOException {
        List<Path> jars = List.of(file("lib/a-1.jar", "first"), file("other/b-2.jar", "second"));

        String archive = files.archive(jars);

        Path uploaded = Path.of(new org.apache.hadoop.fs.Path(archive).toUri().getPath());
        try (ZipFile zip = new ZipFile(uploaded.toFile())) {
            assertThat(zip.stream().map(Object::toString)).containsExactly("a-1.jar", "b-2.jar");
            assertThat(zip.getInputStream(zip.getEntry("b-2.jar"))).hasContent("second");
        }
        Files.writeString(uploaded, "as it was");
        assertThat(files.archive(jars)).isEqualTo(archive);
        assertThat(uploaded).hasContent("as it was");
    }

    @Test
    void otherJarsAreAnotherArchive() throws IOException {
        String before = files.archive(List.of(file("a-1.jar", "first")));

        assertThat(files.archive(List.of(file("a-2.jar", "first")))).isNotEqualTo(before);
        assertThat(files.archive(List.of(file("a-1.jar", "changed")))).isNotEqualTo(before);
        assertThat(published()).hasSize(3);
    }

    @Test
    void aFolderIsCopiedWithWhatIsInIt() throws IOException {
        file("models/one/config.json", "{}");
        file("models/lpips.safetensors", "weights");

        Path copy = Path.of(new org.apache.hadoop.fs.Path(files.copy(folder.resolve("models")))
                .toUri()
                .getPath());

        assertThat(copy.resolve("one/config.json")).hasContent("{}");
        assertThat(copy.resolve("lpips.safetensors")).hasContent("weights");
        assertThat(published()).hasSize(1);
    }

    @Test
    void aChangeOfContentAloneIsAnotherCopy() throws IOException {
        file("models/lpips.safetensors", "weights");
        String before = files.copy(folder.resolve("models"));
        file("models/lpips.safetensors", "WEIGHTS");

        assertThat(files.copy(folder.resolve("models"))).isNotEqualTo(before);
    }

    /** All that is visible in the store, but for checksums of Hadoop's. */
    private List<Path> published() throws IOException {
        try (Stream<Path> found = Files.list(store)) {
            return found.filter(each -> !each.getFileName().toString().startsWith("."))
                    .toList();
        }
    }

    private Path file(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }
}
