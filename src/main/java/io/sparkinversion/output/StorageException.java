package io.sparkinversion.output;

import io.sparkinversion.dataset.JobException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** A disk is full, or a folder or file system cannot be written. Nothing that was committed is lost by it. */
public final class StorageException extends JobException {
    private static final long serialVersionUID = 1L;

    private static final List<String> FULL =
            List.of("no space left on device", "disk quota exceeded", "not enough space on the disk");
    private static final List<String> READ_ONLY =
            List.of("read-only file system", "mkdirs failed to create", "access=write, inode=");
    /** HDFS: no DataNode takes a block, or the NameNode takes no changes. */
    private static final List<String> HDFS = List.of("could only be written to ", "name node is in safe mode");

    public StorageException(String message) {
        super(message);
    }

    public StorageException(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * What an exception, its causes and what Spark quotes of another process's say of storage.
     *
     * @return such as {@code a disk is full (No space left on device)}; null if they say nothing of it
     */
    public static String reason(Throwable exception) {
        Set<Throwable> seen = new HashSet<>();
        for (Throwable each = exception; each != null && seen.add(each); each = each.getCause()) {
            String full = line(each, FULL);
            if (full != null) {
                return "a disk is full (" + full + ")";
            }
            String readOnly = line(each, READ_ONLY);
            if (readOnly != null) {
                return "a folder cannot be written (" + readOnly + ")";
            }
            String hdfs = line(each, HDFS);
            if (hdfs != null) {
                return "HDFS takes no files (" + hdfs + ")";
            }
        }
        return null;
    }

    /** The line that says it, without the class names before it. */
    private static String line(Throwable exception, List<String> words) {
        return String.valueOf(exception.getMessage())
                .lines()
                .filter(line -> words.stream().anyMatch(line.toLowerCase(Locale.ROOT)::contains))
                .findFirst()
                .map(line -> line.strip().replaceFirst("^.*\\b[\\w.$]+(?:Exception|Error): ", ""))
                .orElse(null);
    }
}
