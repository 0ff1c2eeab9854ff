package io.sparkinversion.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.impl.OpenFileParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFilesTest {
    private static final List<String> REQUESTS = new ArrayList<>();

    @TempDir
    private java.nio.file.Path folder;

    /** The local disk as {@code counted:///}, which notes what it is asked. */
    public static final class CountedFileSystem extends RawLocalFileSystem {
        @Override
        public URI getUri() {
            return URI.create("counted:///");
        }

        @Override
        public FileStatus getFileStatus(Path path) throws IOException {
            REQUESTS.add("status");
            return super.getFileStatus(path);
        }

        @Override
        protected CompletableFuture<FSDataInputStream> openFileWithOptions(Path path, OpenFileParameters parameters)
                throws IOException {
            REQUESTS.add("open with length " + parameters.getOptions().get("fs.option.openfile.length", "unknown"));
            return CompletableFuture.completedFuture(super.open(path, parameters.getBufferSize()));
        }
    }

    @Test
    void aFileOfKnownSizeIsOpenedWithoutAskingForIt() throws IOException {
        java.nio.file.Path file = Files.writeString(folder.resolve("a.png"), "pixels");
        Configuration hadoop = new Configuration();
        hadoop.set("fs.counted.impl", CountedFileSystem.class.getName());
        REQUESTS.clear();

        try (InputStream stream = new ImageFiles(hadoop).open("counted://" + file, 6)) {
            assertThat(stream.readAllBytes()).asString().isEqualTo("pixels");
        }
        assertThat(REQUESTS).first().isEqualTo("open with length 6");
    }
}
