package io.sparkinversion.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder beside the result for what is not yet known to be good. It is gone after {@link #close}, and after an
 * interrupt from the keyboard too.
 */
record LpipsDownloadFolder(Path path) implements AutoCloseable {

    static LpipsDownloadFolder in(Path parent) throws IOException {
        Path path = Files.createTempDirectory(parent, ".download-");
        path.toFile().deleteOnExit();
        return new LpipsDownloadFolder(path);
    }

    /** The path of a file that does not exist yet. */
    Path file(String name) {
        Path file = path.resolve(name);
        file.toFile().deleteOnExit();
        return file;
    }

    @Override
    public void close() throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(path)) {
            files = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }
}
