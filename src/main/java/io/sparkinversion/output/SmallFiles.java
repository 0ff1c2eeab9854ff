package io.sparkinversion.output;

import java.io.IOException;
import java.io.OutputStream;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Creates the small files beside the tables, which are read again by every later run. */
final class SmallFiles {
    private SmallFiles() {}

    /**
     * Opens a file to write. On a local disk no checksum file is written beside it: a process that is killed between
     * the two leaves half of the checksum, for which Hadoop prints a stack trace at every later read of a good file.
     *
     * @throws IOException if it cannot be created, or is there and must not be overwritten
     */
    static OutputStream create(FileSystem files, Path path, boolean overwrite) throws IOException {
        if (!(files instanceof ChecksumFileSystem local)) {
            return files.create(path, overwrite);
        }
        local.getRawFileSystem().delete(local.getChecksumFile(path), false);
        return local.getRawFileSystem().create(path, overwrite);
    }
}
