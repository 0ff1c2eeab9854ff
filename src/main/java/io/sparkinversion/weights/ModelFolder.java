package io.sparkinversion.weights;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a model in the diffusers layout to a folder on this machine. Weights are memory-mapped, so a model in HDFS or
 * S3 is copied once per host, whatever number of executors ask for it.
 */
public final class ModelFolder {

    private static final Logger LOGGER = LoggerFactory.getLogger(ModelFolder.class);

    /** Where copies are kept; as {@code spark.hadoop.spark-inversion.model-cache} among Spark's settings. */
    public static final String CACHE = "spark-inversion.model-cache";

    private static final int BLOCK = 1 << 20;

    private final Configuration hadoop;
    private final Path cache;
    private final WeightPrecision precision;

    /**
     * @param hadoop how to reach other file systems
     * @param cache where copies are kept; made when needed. Any number of processes may share it
     * @param precision which weights to copy where a model has several
     */
    public ModelFolder(Configuration hadoop, Path cache, WeightPrecision precision) {
        this.hadoop = hadoop;
        this.cache = cache;
        this.precision = precision;
    }

    /** Full precision, cached where {@link #CACHE} says, else in {@code ~/.cache/spark-inversion/models}. */
    public static ModelFolder ofUser(Configuration hadoop) {
        Path usual = Path.of(System.getProperty("user.home"), ".cache", "spark-inversion", "models");
        return new ModelFolder(hadoop, Path.of(hadoop.getTrimmed(CACHE, usual.toString())), WeightPrecision.FULL);
    }

    /**
     * @param address a local path or {@code file:} address, which is taken as it is, or one of any other Hadoop file
     *     system, such as {@code hdfs:} or {@code s3a:}, which is copied unless an equal copy (same names, sizes,
     *     modification times and ETags) is there and its bytes still have the hashes that they came with
     * @return a folder with {@code unet/}, {@code vae/}, {@code text_encoder/}, {@code tokenizer/} and {@code
     *     scheduler/}
     * @throws WeightsException if the address cannot be read or one of those is missing
     */
    public Path resolve(String address) {
        try {
            Optional<Path> local = Address.local(address);
            if (local.isPresent()) {
                return checked(local.get(), address);
            }
            return copied(new RemoteModel(address, hadoop, precision), address);
        } catch (IOException | UncheckedIOException | IllegalArgumentException | UnsupportedOperationException e) {
            throw new WeightsException("cannot fetch the model at " + address + " (cache " + cache + "): " + e, e);
        }
    }

    /**
     * A folder with a model's configs, tokenizer and the headers of its weights, which is what can be checked before
     * gigabytes are copied; the model's own folder where it is on this machine.
     *
     * @throws WeightsException as {@link #resolve}
     */
    public Outline outline(String address) {
        try {
            Optional<Path> local = Address.local(address);
            if (local.isPresent()) {
                return new Outline(checked(local.get(), address), false);
            }
            RemoteModel model = new RemoteModel(address, hadoop, precision);
            Path copy = cache.resolve(model.cacheKey());
            if (Files.isDirectory(copy)) {
                return new Outline(resolve(address), false);
            }
            Path headers = Files.createTempDirectory("spark-inversion");
            if (model.copyHeadersTo(headers)) {
                return new Outline(headers, true);
            }
            delete(headers);
            return new Outline(resolve(address), false);
        } catch (IOException | UncheckedIOException | IllegalArgumentException | UnsupportedOperationException e) {
            throw new WeightsException("cannot read the model at " + address + ": " + e, e);
        }
    }

    /**
     * See {@link ModelFolder#outline}.
     *
     * @param temporary whether closing deletes it
     */
    public record Outline(Path folder, boolean temporary) implements AutoCloseable {
        @Override
        public void close() {
            if (temporary) {
                try {
                    delete(folder);
                } catch (IOException e) {
                    LOGGER.warn("cannot delete {}: {}", folder, e.toString());
                }
            }
        }
    }

    /** {@link #fingerprint(Path, WeightPrecision)} at full precision. */
    public static String fingerprint(Path folder) {
        return fingerprint(folder, WeightPrecision.FULL);
    }

    /**
     * Identifies a model by its contents: SHA-256 over names and bytes of the configs, the tokenizer's files and the
     * weight files that {@link WeightFiles} would take. Files that the model does not use do not matter, nor does where
     * it is.
     *
     * @return 64 hexadecimal digits
     * @throws WeightsException if a component is missing or a file cannot be read
     */
    public static String fingerprint(Path folder, WeightPrecision precision) {
        MessageDigest digest = Sha256.digest();
        byte[] block = new byte[BLOCK];
        try {
            for (String name : ModelFiles.needed(new ModelFiles.LocalListing(folder), precision, folder.toString())) {
                Path file = folder.resolve(name);
                byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
                // Lengths in front, so that no two models give the same sequence of bytes.
                digest.update(ByteBuffer.allocate(Integer.BYTES + Long.BYTES)
                        .putInt(nameBytes.length)
                        .putLong(Files.size(file))
                        .flip());
                digest.update(nameBytes);
                try (InputStream input = Files.newInputStream(file)) {
                    for (int count = input.read(block); count >= 0; count = input.read(block)) {
                        digest.update(block, 0, count);
                    }
                }
            }
        } catch (IOException | UncheckedIOException e) {
            throw new WeightsException("cannot read the model at " + folder + ": " + e, e);
        }
        return Sha256.hex(digest.digest());
    }

    /**
     * A file that is one of a model's own: a checkpoint, a LoRA, an embedding.
     *
     * @param address as of {@link #resolve}
     * @return the file on this machine
     * @throws WeightsException if there is no such file, or it cannot be read
     */
    public Path resolveFile(String address) {
        try {
            Optional<Path> local = Address.local(address);
            if (local.isPresent()) {
                if (!Files.isRegularFile(local.get())) {
                    throw new WeightsException("there is no file " + local.get());
                }
                return local.get();
            }
            RemoteModel file = RemoteModel.ofFile(address, hadoop);
            return copied(file, address).resolve(file.onlyName());
        } catch (IOException | UncheckedIOException | IllegalArgumentException | UnsupportedOperationException e) {
            throw new WeightsException("cannot fetch " + address + " (cache " + cache + "): " + e, e);
        }
    }

    /**
     * A folder that is one network, such as CLIP's, as transformers writes them.
     *
     * @param address as of {@link #resolve}
     * @return the folder on this machine
     * @throws WeightsException if there is no such folder, or it cannot be read
     */
    public Path resolveNetwork(String address) {
        try {
            Optional<Path> local = Address.local(address);
            if (local.isPresent()) {
                if (!Files.isDirectory(local.get())) {
                    throw new WeightsException("there is no folder " + local.get());
                }
                return HubCache.snapshot(local.get());
            }
            return copied(RemoteModel.ofFolder(address, hadoop, precision), address);
        } catch (IOException | UncheckedIOException | IllegalArgumentException | UnsupportedOperationException e) {
            throw new WeightsException("cannot fetch " + address + " (cache " + cache + "): " + e, e);
        }
    }

    /**
     * SHA-256 of a file, or of all files of a folder with their names.
     *
     * @return 64 hexadecimal digits
     */
    public static String hash(Path path) {
        MessageDigest digest = Sha256.digest();
        byte[] block = new byte[BLOCK];
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                digest.update(path.relativize(file).toString().getBytes(StandardCharsets.UTF_8));
                digest.update(ByteBuffer.allocate(Long.BYTES)
                        .putLong(Files.size(file))
                        .flip());
                try (InputStream input = Files.newInputStream(file)) {
                    for (int count = input.read(block); count >= 0; count = input.read(block)) {
                        digest.update(block, 0, count);
                    }
                }
            }
        } catch (IOException | UncheckedIOException e) {
            throw new WeightsException("cannot read " + path + ": " + e, e);
        }
        return Sha256.hex(digest.digest());
    }

    /** The file whose lock guards the copy of a model with that key. */
    Path lockFile(String cacheKey) {
        return cache.resolve(cacheKey + ".lock");
    }

    private Path checked(Path folder, String address) throws IOException {
        Path model = HubCache.snapshot(folder);
        ModelFiles.needed(new ModelFiles.LocalListing(model), precision, address);
        return model;
    }

    @SuppressWarnings("try") // The lock is held, not used.
    private Path copied(RemoteModel model, String address) throws IOException {
        String key = model.cacheKey();
        Path target = cache.resolve(key);
        // Not under the lock: executors that start together look side by side.
        if (Files.isDirectory(target) && model.damage(target).isEmpty()) {
            return target;
        }
        Files.createDirectories(cache);
        try (FolderLock lock = FolderLock.acquire(lockFile(key))) {
            if (Files.isDirectory(target)) {
                Optional<String> damage = model.damage(target);
                if (damage.isEmpty()) {
                    return target;
                }
                LOGGER.warn("the copy of {} in {} is damaged ({}) and is replaced", address, target, damage.get());
                delete(target);
            }
            // The lock is ours, so a partial copy here is what a killed process left.
            Path partial = cache.resolve(key + ".partial");
            delete(partial);
            Files.createDirectories(partial);
            LOGGER.info("copying {} ({} bytes) to {}", address, model.size(), target);
            model.copyTo(partial);
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
            return target;
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
