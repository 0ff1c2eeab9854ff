package io.sparkinversion.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalFoldersTest {
    @TempDir
    private File one;

    @TempDir
    private Path other;

    private final List<Integer> exits = new ArrayList<>();

    @Test
    void whileAllAreThereNothingHappens() {
        assertThat(folders(false).check()).isTrue();
        assertThat(exits).isEmpty();
    }

    @Test
    void theExecutorEndsWhenOneIsGone() throws IOException {
        LocalFolders folders = folders(false);
        Files.delete(other);

        assertThat(folders.check()).isFalse();
        assertThat(exits).containsExactly(LocalFolders.EXIT_CODE);
    }

    @Test
    void anExecutorThatStopsMayDeleteThem() throws IOException {
        LocalFolders folders = folders(true);
        Files.delete(other);

        assertThat(folders.check()).isFalse();
        assertThat(exits).isEmpty();
    }

    private LocalFolders folders(boolean stopping) {
        return new LocalFolders(List.of(one, other.toFile()), () -> stopping, exits::add);
    }
}
