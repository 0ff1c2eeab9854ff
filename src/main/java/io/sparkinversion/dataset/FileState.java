package io.sparkinversion.dataset;

import io.sparkinversion.weights.Reachability;
import java.io.FileNotFoundException;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;

/**
 * What tells without reading a file whether it is still as it was.
 *
 * @param size bytes
 * @param modified when it was last written, in milliseconds since 1970; whole seconds where it is not local, since
 *     object stores may list milliseconds and know but seconds when asked for one file
 */
public record FileState(long size, long modified) {

    /**
     * @param files where the file is
     * @param status what they say of it
     */
    static FileState of(FileSystem files, FileStatus status) {
        long modified = status.getModificationTime();
        return new FileState(
                status.getLen(), files instanceof LocalFileSystem ? modified : modified - modified % 1_000);
    }

    /**
     * Asks for one file.
     *
     * @return null where there is none, or it cannot be seen; opening it tells why
     * @throws IOException if its file system does not answer; all files would seem to be gone
     */
    public static FileState find(String address, Configuration configuration) throws IOException {
        try {
            Path path = new Path(address);
            FileSystem files = path.getFileSystem(configuration);
            FileStatus status = files.getFileStatus(path);
            return status.isFile() ? of(files, status) : null;
        } catch (FileNotFoundException | IllegalArgumentException e) {
            return null;
        } catch (IOException e) {
            if (!Reachability.isReachable(address, configuration)) {
                throw e;
            }
            return null;
        }
    }
}
