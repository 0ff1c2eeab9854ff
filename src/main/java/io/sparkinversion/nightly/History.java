package io.sparkinversion.nightly;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.PublicAddress;
import io.sparkinversion.output.OutputDirectory;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;

/**
 * {@code OUT/history.csv}. Object stores cannot append, so each addition writes the whole table, as
 * {@code _history.csv}, and then puts it in the old one's place: on a local disk in one step, elsewhere by deleting the
 * old one first. Whenever a run dies, one of the two files is complete, and {@code history.csv} is complete or
 * absent.
 */
final class History {
    static final String FILE = "history.csv";
    private static final String NEXT = "_history.csv";

    private final FileSystem files;
    private final boolean renameReplaces;
    private final Path file;
    private final Path next;

    History(OutputDirectory output, Configuration configuration) throws IOException {
        FileSystem found = output.root().getFileSystem(configuration);
        this.renameReplaces = found instanceof LocalFileSystem;
        // Without Hadoop's checksum files: a second file cannot be renamed in the same step.
        this.files = found instanceof LocalFileSystem local ? local.getRawFileSystem() : found;
        this.file = output.path(FILE);
        this.next = output.path(NEXT);
    }

    /**
     * All runs so far, the oldest first.
     *
     * @throws JobException if it is no such table
     */
    List<HistoryRow> read() throws IOException {
        String text = text(file);
        if (text == null) {
            text = text(next);
        }
        try {
            return text == null ? List.of() : HistoryTable.read(text);
        } catch (IllegalArgumentException e) {
            throw new JobException(
                    "the history " + PublicAddress.of(file.toString()) + ": " + e.getMessage()
                            + "; correct the file, or move it away to begin a new one",
                    e);
        }
    }

    /** Adds the rows at the end and returns all. */
    List<HistoryRow> add(List<HistoryRow> rows) throws IOException {
        List<HistoryRow> all = new ArrayList<>(read());
        all.addAll(rows);
        try (OutputStream out = files.create(next, true)) {
            out.write(HistoryTable.write(all).getBytes(StandardCharsets.UTF_8));
        }
        if (!renameReplaces) {
            files.delete(file, false);
        }
        if (!files.rename(next, file)) {
            throw new IOException("cannot rename " + next + " to " + file.getName());
        }
        return all;
    }

    /** Null where there is no such file. */
    private String text(Path path) throws IOException {
        try (InputStream in = files.open(path)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (FileNotFoundException e) {
            return null;
        }
    }
}
