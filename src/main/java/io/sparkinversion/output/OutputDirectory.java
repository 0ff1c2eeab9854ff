package io.sparkinversion.output;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.PublicAddress;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.util.functional.RemoteIterators;

/**
 * The run's directory and the names in it. Only operations that object stores offer are used: nothing depends on an
 * atomic rename.
 *
 * <p>A wave is done exactly when {@code metrics/wave=N/_SUCCESS} exists.
 */
public final class OutputDirectory {
    private static final String SUCCESS = "_SUCCESS";
    private static final String STATS = "stats";
    private static final String STATS_FILE = "_stats.json";
    private static final Pattern COMMITTER = Pattern.compile("__magic.*|_temporary");
    private static final Pattern WAVE = Pattern.compile("wave=(\\d+)(\\.json)?");

    private final Path root;
    private final FileSystem files;

    /**
     * @throws IOException if the address's file system cannot be reached
     * @throws JobException if it is no address
     */
    public OutputDirectory(String address, Configuration configuration) throws IOException {
        Path path = parse(address);
        this.files = path.getFileSystem(configuration);
        this.root = files.makeQualified(path);
    }

    private OutputDirectory(Path root, FileSystem files) {
        this.root = root;
        this.files = files;
    }

    /** A folder in this one as an output directory of its own. */
    public OutputDirectory folder(String name) {
        return new OutputDirectory(path(name), files);
    }

    private static Path parse(String address) {
        try {
            return new Path(address);
        } catch (IllegalArgumentException e) {
            throw new JobException(
                    "the output '" + PublicAddress.of(address) + "' is not an address: give a folder, "
                            + "or one that begins with a scheme such as s3a://",
                    e);
        }
    }

    public static String waveName(int wave) {
        return String.format("wave=%05d", wave);
    }

    public Path root() {
        return root;
    }

    public Path path(String name) {
        return new Path(root, name);
    }

    public Path path(Table table) {
        return path(table.label());
    }

    public Path path(Table table, int wave) {
        return new Path(path(table), waveName(wave));
    }

    public Path statsFile(int wave) {
        return new Path(new Path(path(STATS), waveName(wave)), STATS_FILE);
    }

    /** Names of the files and folders at the top; none where the directory does not exist. */
    public List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        for (FileStatus status : list(root)) {
            names.add(status.getPath().getName());
        }
        return names;
    }

    /** Numbers of the waves that are done. One recursive listing, which an object store answers by the thousand. */
    public SortedSet<Integer> committedWaves() throws IOException {
        SortedSet<Integer> waves = new TreeSet<>();
        RemoteIterators.foreach(
                commits(), commit -> waves.add(waveOf(commit.getPath().getParent())));
        return waves;
    }

    /** Whether any wave is done. Lists no further than to the first. */
    public boolean hasCommittedWaves() throws IOException {
        return commits().hasNext();
    }

    private RemoteIterator<LocatedFileStatus> commits() throws IOException {
        Path metrics = path(Table.METRICS);
        if (!files.exists(metrics)) {
            return RemoteIterators.remoteIteratorFromIterable(List.of());
        }
        return RemoteIterators.filteringRemoteIterator(
                files.listFiles(metrics, true),
                file -> file.getPath().getName().equals(SUCCESS)
                        && waveOf(file.getPath().getParent()) >= 0);
    }

    /** Numbers of the waves that left anything, by the names {@code wave=N} and {@code wave=N.json} in a folder. */
    SortedSet<Integer> wavesIn(Path folder) throws IOException {
        SortedSet<Integer> waves = new TreeSet<>();
        for (FileStatus status : list(folder)) {
            int wave = waveOf(status.getPath());
            if (wave >= 0) {
                waves.add(wave);
            }
        }
        return waves;
    }

    /** Bytes of the table's files in the waves. */
    public long bytes(Table table, Collection<Integer> waves) throws IOException {
        long bytes = 0;
        for (int wave : waves) {
            for (FileStatus file : list(path(table, wave))) {
                bytes += file.getLen();
            }
        }
        return bytes;
    }

    /** Deletes all of the waves that are not in the set. */
    void deleteWavesExcept(SortedSet<Integer> committed) throws IOException {
        SortedSet<Integer> waves = wavesIn(path(STATS));
        for (Table table : Table.values()) {
            waves.addAll(wavesIn(path(table)));
        }
        waves.removeAll(committed);
        for (int wave : waves) {
            deleteWave(wave);
        }
    }

    /**
     * Deletes what committers have left in waves that are done: on object stores they clear up only after a wave has its
     * {@code _SUCCESS}, and a run that was killed in between did not. One recursive listing a table.
     */
    void deleteCommitterFiles() throws IOException {
        Set<Path> left = new HashSet<>();
        for (Table table : Table.values()) {
            if (files.exists(path(table))) {
                RemoteIterators.foreach(files.listFiles(path(table), true), file -> addCommitterFolder(file, left));
            }
        }
        for (Path folder : left) {
            delete(folder);
        }
    }

    /** Of a file in one, the folder just below the wave's. */
    private static void addCommitterFolder(FileStatus file, Set<Path> folders) {
        for (Path each = file.getPath(); each.getParent() != null; each = each.getParent()) {
            if (COMMITTER.matcher(each.getName()).matches() && waveOf(each.getParent()) >= 0) {
                folders.add(each);
            }
        }
    }

    /** Deletes all of a wave; metrics first, so that a half-deleted wave does not count as done. */
    void deleteWave(int wave) throws IOException {
        files.delete(new Path(path(Table.METRICS, wave), SUCCESS), false);
        delete(path(Table.METRICS, wave));
        delete(path(Table.IMAGES, wave));
        delete(path(Table.LATENTS, wave));
        delete(statsFile(wave).getParent());
    }

    public void delete(Path path) throws IOException {
        files.delete(path, true);
    }

    /** The file's text, or null where there is no such file. */
    public String read(Path path) throws IOException {
        try (FSDataInputStream in = files.open(path)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (FileNotFoundException e) {
            return null;
        }
    }

    public void write(Path path, String text) throws IOException {
        write(path, text.getBytes(StandardCharsets.UTF_8));
    }

    public void write(Path path, byte[] content) throws IOException {
        try (OutputStream out = SmallFiles.create(files, path, true)) {
            out.write(content);
        }
    }

    /** A file that other runs may write, too. */
    SharedFile shared(Path path) {
        return new SharedFile(files, path);
    }

    /** When the file was last written, in milliseconds since 1970; 0 where there is no such file. */
    long modified(Path path) throws IOException {
        try {
            return files.getFileStatus(path).getModificationTime();
        } catch (FileNotFoundException e) {
            return 0;
        }
    }

    private FileStatus[] list(Path folder) throws IOException {
        try {
            return files.listStatus(folder);
        } catch (FileNotFoundException e) {
            return new FileStatus[0];
        }
    }

    private static int waveOf(Path path) {
        Matcher matcher = WAVE.matcher(path.getName());
        return matcher.matches() ? Integer.parseInt(matcher.group(1)) : -1;
    }
}
