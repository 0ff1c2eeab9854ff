package io.sparkinversion.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.cluster.S3Server;
import io.sparkinversion.cluster.S3Settings;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStateIT {
    @TempDir
    Path folder;

    /** As some object stores do: the same file's time would seem to have changed with the way of asking. */
    @Test
    void timesOfFilesThatAreNotLocalAreWholeSeconds() throws Exception {
        try (FileSystem remote = new RawLocalFileSystem();
                FileSystem local = new LocalFileSystem()) {
            FileStatus file = new FileStatus(7, false, 1, 1, 1_234_567_890_123L, new org.apache.hadoop.fs.Path("/a"));

            assertThat(FileState.of(remote, file)).isEqualTo(new FileState(7, 1_234_567_890_000L));
            assertThat(FileState.of(local, file)).isEqualTo(new FileState(7, 1_234_567_890_123L));
        }
    }

    @Test
    void onS3AFileIsAsItsFolderListsIt() throws Exception {
        try (S3Server server = S3Server.start(folder)) {
            Configuration configuration = S3Settings.hadoop(server);
            server.put("data/a.png", "a picture");
            String address = server.address("data/a.png");
            org.apache.hadoop.fs.Path data = new org.apache.hadoop.fs.Path(server.address("data"));
            FileSystem files = data.getFileSystem(configuration);

            FileState listed =
                    FileState.of(files, files.listStatusIterator(data).next());

            assertThat(listed.size()).isEqualTo(9);
            assertThat(listed.modified()).isPositive();
            assertThat(FileState.find(address, configuration)).isEqualTo(listed);
            assertThat(FileState.find(server.address("data/b.png"), configuration))
                    .isNull();
            assertThat(FileState.find(server.address("data"), configuration)).isNull();
        }
    }
}
