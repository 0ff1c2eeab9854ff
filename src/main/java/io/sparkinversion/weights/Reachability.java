package io.sparkinversion.weights;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.security.AccessControlException;

/** Tells a file that cannot be read from a file system that cannot be reached. */
public final class Reachability {
    private Reachability() {}

    /**
     * Whether the file system says anything about the folder that the file is in, be it that there is none or that it
     * is not to be seen; that there is no such kind of file system is an answer, too. To be asked after a failure:
     * where there is no answer, everything else that is read there fails likewise.
     *
     * @param address of the file; local ones are always reached
     */
    public static boolean isReachable(String address, Configuration hadoop) {
        if (Address.local(address).isPresent()) {
            return true;
        }
        try {
            Path path = new Path(address);
            path.getFileSystem(hadoop).getFileStatus(path.isRoot() ? path : path.getParent());
            return true;
        } catch (FileNotFoundException
                | AccessDeniedException
                | AccessControlException
                | UnsupportedFileSystemException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
