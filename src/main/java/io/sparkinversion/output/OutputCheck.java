package io.sparkinversion.output;

import io.sparkinversion.UserException;
import io.sparkinversion.weights.Address;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Whether a run could write where it is to write: asked before Spark starts. Leaves nothing behind. */
public final class OutputCheck {
    /** Less is not enough for any run: the tables of two small images are as large. */
    private static final long LEAST_BYTES = 16L << 20;

    private OutputCheck() {}

    /**
     * Looks at an output on this machine; what other file systems allow shows only when they are written.
     *
     * @param output the directory, there or not
     * @throws StorageException if its disk is full or it cannot be written
     * @throws UserException if a file is where a folder must be
     */
    public static void require(String output) {
        Optional<Path> local = Address.local(output);
        if (local.isEmpty()) {
            return;
        }
        Path there = local.get().toAbsolutePath().normalize();
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        if (!Files.isDirectory(there)) {
            throw new UserException(
                    "the output " + output + " cannot be a folder: " + there + " is a file; choose another --output");
        }
        if (!Files.isWritable(there)) {
            throw new StorageException("the output " + output + " cannot be written: no permission to write in " + there
                    + ", or its file system is read-only; choose another --output");
        }
        requireSpace(output, freeBytes(there));
    }

    static void requireSpace(String output, long bytes) {
        if (bytes < LEAST_BYTES) {
            throw new StorageException("the disk of the output " + output + " is full: " + (bytes >> 20)
                    + " MiB are free; make room, or choose another --output");
        }
    }

    private static long freeBytes(Path folder) {
        try {
            FileStore store = Files.getFileStore(folder);
            // Some network file systems do not say how large they are.
            return store.getTotalSpace() == 0 ? Long.MAX_VALUE : store.getUsableSpace();
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }
}
