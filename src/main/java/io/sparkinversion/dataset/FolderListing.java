package io.sparkinversion.dataset;

import io.sparkinversion.dataset.format.TaskEnd;
import io.sparkinversion.weights.Reachability;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collections;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** The files of one folder as rows of {@link FileFacts#LISTED}, a page at a time, however many they are. */
final class FolderListing implements Iterator<Row> {

    /** Where entries come from; null when there are no more, and {@link #SKIPPED} for what is no file. */
    private interface Source extends Closeable {
        Row next() throws IOException;
    }

    private static final Row SKIPPED = RowFactory.create();

    private final Source source;
    private Row next;

    private FolderListing(Source source) throws IOException {
        this.source = source;
        advance();
    }

    /**
     * @param folder an address without a slash at its end
     * @return empty where there is no such folder or it is not to be listed; to be used in a Spark task
     * @throws IOException if the file system does not answer
     */
    static Iterator<Row> open(String folder, Configuration configuration) throws IOException {
        try {
            // Of a file right below the root of its file system, "file:" is the folder.
            Path path = new Path(folder + "/");
            FileSystem fileSystem = path.getFileSystem(configuration);
            Source source = fileSystem instanceof LocalFileSystem local
                    ? local(folder, local.pathToFile(path).toPath())
                    : remote(folder, fileSystem, fileSystem.listStatusIterator(path));
            TaskEnd.closes(source);
            return new FolderListing(source);
        } catch (FileNotFoundException | IllegalArgumentException e) {
            return Collections.emptyIterator();
        } catch (IOException e) {
            if (!Reachability.isReachable(folder + "/", configuration)) {
                throw e;
            }
            return Collections.emptyIterator();
        }
    }

    @Override
    public boolean hasNext() {
        return next != null;
    }

    @Override
    public Row next() {
        if (next == null) {
            throw new NoSuchElementException();
        }
        Row row = next;
        try {
            advance();
        } catch (IOException e) {
            // In the middle of a listing this is no property of the folder: Spark tries the task again.
            throw new UncheckedIOException(e);
        }
        return row;
    }

    private void advance() throws IOException {
        do {
            next = source.next();
        } while (next == SKIPPED);
    }

    /** Hadoop's own listing of a local folder holds all of it in memory. */
    @SuppressWarnings("StreamResourceLeak") // The source closes it.
    private static Source local(String folder, java.nio.file.Path path) throws IOException {
        DirectoryStream<java.nio.file.Path> stream = Files.newDirectoryStream(path);
        Iterator<java.nio.file.Path> entries = stream.iterator();
        return new Source() {
            @Override
            public Row next() throws IOException {
                if (!entries.hasNext()) {
                    return null;
                }
                java.nio.file.Path entry = entries.next();
                try {
                    BasicFileAttributes file = Files.readAttributes(entry, BasicFileAttributes.class);
                    String name = entry.getFileName().toString();
                    return file.isRegularFile()
                            ? row(
                                    folder,
                                    name,
                                    new FileState(
                                            file.size(), file.lastModifiedTime().toMillis()))
                            : SKIPPED;
                } catch (NoSuchFileException e) {
                    return SKIPPED; // a symbolic link that leads nowhere
                }
            }

            @Override
            public void close() throws IOException {
                stream.close();
            }
        };
    }

    private static Source remote(String folder, FileSystem files, RemoteIterator<FileStatus> entries) {
        return new Source() {
            @Override
            public Row next() throws IOException {
                if (!entries.hasNext()) {
                    return null;
                }
                FileStatus file = entries.next();
                return file.isFile() ? row(folder, file.getPath().getName(), FileState.of(files, file)) : SKIPPED;
            }

            @Override
            public void close() {}
        };
    }

    private static Row row(String folder, String name, FileState state) {
        return RowFactory.create(folder + "/" + name, FileFacts.row(state));
    }
}
