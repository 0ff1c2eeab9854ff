package io.sparkinversion.weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The cache of Hugging Face's hub on this machine: {@code models--ORG--NAME/snapshots/REVISION/}. */
public final class HubCache {
    private static final String PREFIX = "models--";
    private static final String SNAPSHOTS = "snapshots";
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][\\w.-]*/[A-Za-z0-9][\\w.-]*");

    private HubCache() {}

    /**
     * The model in a folder of the cache: the revision that {@code refs/main} names, or the only one.
     *
     * @return the folder itself if it is no folder of the cache
     * @throws WeightsException if the cache has no revision of the model, or several and none is the main one
     */
    public static Path snapshot(Path folder) {
        Path snapshots = folder.resolve(SNAPSHOTS);
        Path name = folder.toAbsolutePath().normalize().getFileName();
        if (name == null || !name.toString().startsWith(PREFIX) || !Files.isDirectory(snapshots)) {
            return folder;
        }
        try (Stream<Path> entries = Files.list(snapshots)) {
            List<Path> revisions = entries.filter(Files::isDirectory).sorted().toList();
            Path main = folder.resolve("refs").resolve("main");
            if (Files.isRegularFile(main)) {
                Path named = snapshots.resolve(Files.readString(main).strip());
                if (revisions.contains(named)) {
                    return named;
                }
            }
            if (revisions.size() != 1) {
                throw new WeightsException(folder + " holds " + revisions.size()
                        + " revisions and refs/main names none of them; give one of the folders in " + snapshots);
            }
            return revisions.get(0);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + folder, e);
        }
    }

    /** A model of the hub that was fetched to this machine, by its id. */
    public static Optional<Path> find(String id) {
        String home = System.getenv("HF_HOME");
        Path root = home == null ? Path.of(System.getProperty("user.home"), ".cache", "huggingface") : Path.of(home);
        Path folder = root.resolve("hub").resolve(PREFIX + id.replace("/", "--"));
        return Files.isDirectory(folder.resolve(SNAPSHOTS)) ? Optional.of(snapshot(folder)) : Optional.empty();
    }

    /** Whether it may be the id of a model of the hub, {@code ORG/NAME}. */
    public static boolean looksLikeId(String model) {
        return ID.matcher(model).matches();
    }
}
