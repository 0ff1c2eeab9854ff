package io.sparkinversion.weights;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.EtagSource;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FutureDataInputStreamBuilder;
import org.apache.hadoop.fs.Options.OpenFileOptions;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.functional.FutureIO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model's folder in a Hadoop file system: what it needs, under which key it is cached, and how it is copied. */
final class RemoteModel implements ModelFiles.Listing {

    private static final Logger LOGGER = LoggerFactory.getLogger(RemoteModel.class);

    private static final String SAFETENSORS = ".safetensors";
    private static final int MAX_SMALL_FILE = 16 << 20;
    /** File systems retry requests; that a stream of gigabytes breaks is not always among what they mend. */
    private static final int ATTEMPTS = 3;

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

    private RemoteModel(Path file, FileSystem fileSystem) throws IOException {
        this.root = file.getParent();
        this.fileSystem = fileSystem;
        this.needed = List.of(file.getName());
        statuses.put(file.getName(), fileSystem.getFileStatus(file));
    }

    /** A single file. */
    static RemoteModel ofFile(String address, Configuration hadoop) throws IOException {
        Address.requireNoCredentials(address);
        Path file = new Path(address);
        return new RemoteModel(file, file.getFileSystem(hadoop));
    }

    /**
     * A folder that is one network, as transformers writes them: its JSON and text files and its weights.
     *
     * @throws WeightsException if there are no weights
     */
    static RemoteModel ofFolder(String address, Configuration hadoop, WeightPrecision precision) throws IOException {
        Address.requireNoCredentials(address);
        Path folder = new Path(address);
        FileSystem fileSystem = folder.getFileSystem(hadoop);
        Map<String, FileStatus> found = new TreeMap<>();
        for (FileStatus status : fileSystem.listStatus(folder)) {
            if (status.isFile()) {
                found.put(status.getPath().getName(), status);
            }
        }
        String weights = WeightFiles.find(found.keySet(), WeightFiles.TRANSFORMERS_STEM, precision)
                .orElseThrow(() -> new WeightsException(address + " has no weights such as model.safetensors"));
        if (weights.endsWith(".index.json")) {
            throw new WeightsException(address + " has its weights in several files; make one of them, or copy the"
                    + " folder to this machine");
        }
        found.keySet().removeIf(name -> !name.equals(weights) && !name.endsWith(".json") && !name.endsWith(".txt"));
        return new RemoteModel(folder, fileSystem, found);
    }

    private RemoteModel(Path folder, FileSystem fileSystem, Map<String, FileStatus> files) {
        this.root = folder;
        this.fileSystem = fileSystem;
        this.needed = List.copyOf(files.keySet());
        statuses.putAll(files);
    }

    /** Of a single file. */
    String onlyName() {
        return needed.get(0);
    }

    /**
     * SHA-256 over the address and the names, sizes and modification times of the needed files, and their ETags where
     * the file system has such a thing; hexadecimal.
     */
    String cacheKey() {
        StringBuilder text = new StringBuilder(fileSystem.makeQualified(root).toString()).append('\n');
        for (String name : needed) {
            FileStatus status = statuses.get(name);
            text.append(name).append('\t').append(status.getLen()).append('\t');
            text.append(status.getModificationTime());
            if (status instanceof EtagSource tagged) {
                text.append('\t').append(tagged.getEtag());
            }
            text.append('\n');
        }
        return Sha256.of(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * What keeps a copy from being used: a file that is missing, has another size than its listing says, or other bytes
     * than were copied. Reads all of it.
     */
    Optional<String> damage(java.nio.file.Path copy) throws IOException {
        for (String name : needed) {
            java.nio.file.Path file = copy.resolve(name);
            if (!Files.isRegularFile(file)) {
                return Optional.of(name + " is missing");
            }
            if (Files.size(file) != statuses.get(name).getLen()) {
                return Optional.of(name + " has " + Files.size(file) + " bytes instead of "
                        + statuses.get(name).getLen());
            }
        }
        try {
            return Checksums.damage(copy, needed);
        } catch (NoSuchFileException e) {
            // Another process has found it damaged and replaces it.
            return Optional.of(e.getFile() + " is gone");
        }
    }

    /**
     * Copies all files and writes their {@link Checksums}.
     *
     * @param target an empty folder
     * @throws IOException if a file cannot be read or written, or is not as long as its listing says
     */
    void copyTo(java.nio.file.Path target) throws IOException {
        Map<String, String> checksums = new TreeMap<>();
        for (String name : needed) {
            java.nio.file.Path file = target.resolve(name);
            Files.createDirectories(file.getParent());
            checksums.put(name, copy(name, file));
        }
        Checksums.write(target, checksums);
    }

    /**
     * Copies the small files, and of weights in the safetensors format their headers: the copies are as long as the
     * originals, hold nothing else, and take no room.
     *
     * @param target an empty folder
     * @return false, with the folder left as it is, if some weights have another format
     */
    boolean copyHeadersTo(java.nio.file.Path target) throws IOException {
        List<String> weights = needed.stream()
                .filter(name -> statuses.get(name).getLen() > MAX_SMALL_FILE)
                .toList();
        if (!weights.stream().allMatch(name -> name.endsWith(SAFETENSORS))) {
            return false;
        }
        for (String name : needed) {
            java.nio.file.Path file = target.resolve(name);
            Files.createDirectories(file.getParent());
            if (weights.contains(name)) {
                copyHeader(statuses.get(name), file);
            } else {
                copy(name, file);
            }
        }
        return true;
    }

    private void copyHeader(FileStatus status, java.nio.file.Path file) throws IOException {
        try (InputStream input = fileSystem.open(status.getPath());
                RandomAccessFile copy = new RandomAccessFile(file.toFile(), "rw")) {
            byte[] length = input.readNBytes(Long.BYTES);
            long header = length.length < Long.BYTES
                    ? 0
                    : ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong();
            copy.write(length);
            if (header > 0 && header <= SafetensorsFile.MAX_HEADER_BYTES) {
                copy.write(input.readNBytes((int) header));
            }
            copy.setLength(status.getLen());
        }
    }

    /** @return SHA-256 of what came */
    private String copy(String name, java.nio.file.Path file) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return copyOnce(name, file);
            } catch (IOException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
                LOGGER.warn("attempt {} of {} to copy {}/{} failed: {}", attempt, ATTEMPTS, root, name, e.toString());
            }
        }
    }

    private String copyOnce(String name, java.nio.file.Path file) throws IOException {
        long expected = statuses.get(name).getLen();
        try (DigestInputStream input = new DigestInputStream(open(statuses.get(name)), Sha256.digest())) {
            long copied = Files.copy(input, file, StandardCopyOption.REPLACE_EXISTING);
            if (copied != expected) {
                throw new IOException(name + " gave " + copied + " bytes where its listing says " + expected
                        + "; it was changed meanwhile or the connection broke");
            }
            return Sha256.hex(input.getMessageDigest().digest());
        }
    }

    /** The very file that was listed: S3 refuses to give one that was replaced since. */
    private InputStream open(FileStatus status) throws IOException {
        FutureDataInputStreamBuilder builder = fileSystem.openFile(status.getPath());
        builder.withFileStatus(status);
        builder.opt(OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY, "whole-file, sequential");
        return FutureIO.awaitFuture(builder.build());
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
