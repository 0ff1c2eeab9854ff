package io.sparkinversion.output;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.fs.EtagSource;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options.CreateFileOptionKeys;
import org.apache.hadoop.fs.Path;

/**
 * A small file that several runs may want to write. On S3 the server decides, by conditional requests (If-None-Match
 * and If-Match), which of them does; without those a client that has looked before it writes may still overwrite what
 * another one wrote in between, because a file appears there only when it is closed.
 */
record SharedFile(FileSystem files, Path path) {
    private static final String NEW_ONLY = CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE;
    private static final String SAME_ONLY = CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE_ETAG;
    private static final int ATTEMPTS = 5;

    /** Whether the file system tells one content of a file from another, and writes accordingly. */
    boolean hasVersions() throws IOException {
        return files.hasPathCapability(path, SAME_ONLY);
    }

    /** Tells the present content from any other; null where there is none, or the file system cannot tell. */
    String version() throws IOException {
        if (!hasVersions()) {
            return null;
        }
        try {
            return files.getFileStatus(path) instanceof EtagSource status ? status.getEtag() : null;
        } catch (FileNotFoundException e) {
            return null;
        }
    }

    /** The text; null where there is no such file. */
    String read() throws IOException {
        for (int attempt = 1; ; attempt++) {
            String version = version();
            try (FSDataInputStream stream = files.open(path)) {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (FileNotFoundException e) {
                return null;
            } catch (IOException e) {
                // S3's client refuses to go on reading a file that is replaced while it reads.
                if (attempt == ATTEMPTS || version == null || version.equals(version())) {
                    throw e;
                }
            }
        }
    }

    /**
     * Writes the file if there is none.
     *
     * @throws IOException if there is one, or it cannot be written. Over a bad network also where it was written: the
     *     answer was lost, and the client's second try found its first
     */
    void create(String text) throws IOException {
        if (files.hasPathCapability(path, NEW_ONLY)) {
            write(NEW_ONLY, "true", text);
        } else {
            write(SmallFiles.create(files, path, false), text);
        }
    }

    /**
     * Writes the file if its content is still that of the version.
     *
     * @throws IOException as {@link #create}
     */
    void replace(String version, String text) throws IOException {
        write(SAME_ONLY, version, text);
    }

    private void write(String condition, String value, String text) throws IOException {
        FSDataOutputStreamBuilder<?, ?> builder = files.createFile(path);
        builder.recursive();
        builder.overwrite(true);
        builder.must(condition, value);
        write((OutputStream) builder.build(), text);
    }

    private static void write(OutputStream stream, String text) throws IOException {
        try (stream) {
            stream.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }
}
