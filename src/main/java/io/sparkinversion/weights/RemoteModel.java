package io.sparkinversion.weights;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** A model's folder in a Hadoop file system: what it needs, under which key it is cached, and how it is copied. */
final class RemoteModel implements ModelFiles.Listing {

    private static final int MAX_SMALL_FILE = 16 << 20;

    private final FileSystem fileSystem;
    private final Path root;
    private final Map<String, FileStatus> statuses = new HashMap<>();
    private final List<String> needed;

    /**
     * Lists the folder.
     *
     * @throws WeightsException if it does not exist or lacks a component
     */
    RemoteModel(String address, Configuration hadoop, WeightPrecision precision) throws IOException {
        Address.requireNoCredentials(address);
        this.root = new Path(address);
        // Shared with Spark's own use of the file system and therefore not closed here.
        this.fileSystem = root.getFileSystem(hadoop);
        this.needed = ModelFiles.needed(this, precision, address);
        for (String name : needed) {
            if (!statuses.containsKey(name)) {
                throw new WeightsException("the model at " + address + " lacks " + name
                        + ", which its index of weights names; upload it too");
            }
        }
    }

    /** SHA-256 over the address and the names, sizes and modification times of the needed files, hexadecimal. */
    String cacheKey() {
        StringBuilder text = new StringBuilder(fileSystem.makeQualified(root).toString()).append('\n');
        for (String name : needed) {
            FileStatus status = statuses.get(name);
            text.append(name).append('\t').append(status.getLen()).append('\t');
            text.append(status.getModificationTime()).append('\n');
        }
        return Sha256.of(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Whether a copy has every file at its size. */
    boolean isComplete(java.nio.file.Path copy) throws IOException {
        for (String name : needed) {
            java.nio.file.Path file = copy.resolve(name);
            if (!Files.isRegularFile(file) || Files.size(file) != statuses.get(name).getLen()) {
                return false;
            }
        }
        return true;
    }

    /**
     * @param target an empty folder
     * @throws IOException if a file cannot be read or written, or is not as long as its listing says
     */
    void copyTo(java.nio.file.Path target) throws IOException {
        for (String name : needed) {
            java.nio.file.Path file = target.resolve(name);
            Files.createDirectories(file.getParent());
            try (InputStream input = fileSystem.open(statuses.get(name).getPath())) {
                long expected = statuses.get(name).getLen();
                long copied = Files.copy(input, file);
                if (copied != expected) {
                    throw new IOException(name + " gave " + copied + " bytes where its listing says " + expected
                            + "; it was changed meanwhile or the connection broke");
                }
            }
        }
    }

    /** Bytes of all needed files. */
    long size() {
        return needed.stream().mapToLong(name -> statuses.get(name).getLen()).sum();
    }

    @Override
    public Optional<Set<String>> files(String folder) throws IOException {
        FileStatus[] listed;
        try {
            listed = fileSystem.listStatus(folder.isEmpty() ? root : new Path(root, folder));
        } catch (FileNotFoundException e) {
            return Optional.empty();
        }
        Set<String> names = new TreeSet<>();
        for (FileStatus status : listed) {
            if (status.isFile()) {
                String name = status.getPath().getName();
                names.add(name);
                statuses.put(folder.isEmpty() ? name : folder + "/" + name, status);
            }
        }
        return Optional.of(names);
    }

    @Override
    public byte[] bytes(String relativeName) throws IOException {
        try (InputStream input = fileSystem.open(new Path(root, relativeName))) {
            byte[] bytes = input.readNBytes(MAX_SMALL_FILE + 1);
            if (bytes.length > MAX_SMALL_FILE) {
                throw new WeightsException(relativeName + " of " + root + " is too large for an index of weights");
            }
            return bytes;
        }
    }
}
