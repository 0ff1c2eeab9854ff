package io.sparkinversion.dataset;

import io.sparkinversion.dataset.DatasetSettings.Format;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/**
 * Finds out, on the driver, where a dataset's captions are and in which format.
 *
 * @param root the absolute address of the folder or Parquet file
 * @param folder whether the root is a folder
 * @param images the absolute address of the folder that the paths of images begin at
 * @param captions the absolute address of the captions file; null for Parquet
 * @param format never AUTO
 */
public record DatasetLocation(Path root, boolean folder, Path images, Path captions, Format format) {
    private static final List<String> CSV = List.of("captions.csv", "metadata.csv");
    private static final List<String> JSON_LINES = List.of("captions.jsonl", "metadata.jsonl");
    private static final List<String> COCO = List.of("captions_val2017.json", "captions_train2017.json");
    private static final List<String> PIE_BENCH = List.of("mapping_file.json");
    private static final String PIE_BENCH_IMAGES = "annotation_images";
    private static final List<String> ANY = List.of(
            "captions.csv",
            "captions.jsonl",
            "metadata.csv",
            "metadata.jsonl",
            "captions_val2017.json",
            "captions_train2017.json",
            "mapping_file.json");

    /**
     * @throws JobException if the root or the captions file does not exist or cannot be reached, or the format cannot
     *     be told
     */
    public static DatasetLocation find(DatasetSettings settings, Configuration configuration) {
        FileStatus root = status("dataset root", settings.root(), configuration);
        if (settings.format() == Format.PARQUET && settings.captions() != null) {
            throw new JobException("a Parquet dataset has its captions in a column; leave out the captions file "
                    + settings.captions());
        }
        if (settings.format() == Format.PARQUET
                || (settings.format() == Format.AUTO && settings.captions() == null && isParquet(root.getPath()))) {
            Path images = root.isDirectory() ? root.getPath() : root.getPath().getParent();
            return new DatasetLocation(root.getPath(), root.isDirectory(), images, null, Format.PARQUET);
        }
        if (!root.isDirectory()) {
            throw new JobException("dataset root " + root.getPath()
                    + " is a file; expected the folder of the images, or a folder or file of Parquet");
        }
        if (settings.captions() == null) {
            return search(root.getPath(), settings.format(), configuration);
        }
        FileStatus captions = status("captions file", settings.captions(), configuration);
        if (captions.isDirectory()) {
            throw new JobException("captions file " + captions.getPath() + " is a folder; name one file");
        }
        Format format = settings.format() == Format.AUTO ? formatOf(captions.getPath()) : settings.format();
        try {
            FileSystem fileSystem = root.getPath().getFileSystem(configuration);
            return inFolder(fileSystem, root.getPath(), captions.getPath(), format);
        } catch (IOException e) {
            throw new JobException("cannot reach dataset root " + root.getPath() + ": " + firstLine(e), e);
        }
    }

    private static DatasetLocation inFolder(FileSystem fileSystem, Path root, Path captions, Format format)
            throws IOException {
        Path below = new Path(root, PIE_BENCH_IMAGES);
        Path images = format == Format.PIE_BENCH && fileSystem.exists(below) ? below : root;
        return new DatasetLocation(root, true, images, captions, format);
    }

    private static DatasetLocation search(Path root, Format format, Configuration configuration) {
        List<String> names =
                switch (format) {
                    case CSV -> CSV;
                    case JSON_LINES -> JSON_LINES;
                    case COCO -> COCO;
                    case PIE_BENCH -> PIE_BENCH;
                    case AUTO, PARQUET -> ANY;
                };
        try {
            FileSystem fileSystem = root.getFileSystem(configuration);
            for (String name : names) {
                Path file = new Path(root, name);
                if (fileSystem.exists(file)) {
                    return inFolder(fileSystem, root, file, format == Format.AUTO ? formatOf(file) : format);
                }
            }
            boolean auto = format == Format.AUTO;
            if (auto && (holdsParquet(fileSystem, root) || holdsParquet(fileSystem, new Path(root, "data")))) {
                return new DatasetLocation(root, true, root, null, Format.PARQUET);
            }
            throw new JobException("no captions in dataset root " + root + ": looked for " + String.join(", ", names)
                    + (auto ? ", *.parquet and data/*.parquet" : "") + "; add one or name the captions file");
        } catch (IOException e) {
            throw new JobException("cannot look for captions in dataset root " + root + ": " + firstLine(e), e);
        }
    }

    private static boolean holdsParquet(FileSystem fileSystem, Path folder) throws IOException {
        if (!fileSystem.exists(folder)) {
            return false;
        }
        RemoteIterator<FileStatus> files = fileSystem.listStatusIterator(folder);
        while (files.hasNext()) {
            if (isParquet(files.next().getPath())) {
                return true;
            }
        }
        return false;
    }

    private static boolean isParquet(Path path) {
        return path.getName().toLowerCase(Locale.ROOT).endsWith(".parquet");
    }

    private static Format formatOf(Path captions) {
        // Spark reads compressed text by its last extension.
        String name = captions.getName().toLowerCase(Locale.ROOT).replaceFirst("\\.(gz|bz2|zst|xz)$", "");
        if (name.endsWith(".csv")) {
            return Format.CSV;
        }
        if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
            return Format.JSON_LINES;
        }
        if (name.endsWith(".json")) {
            return name.startsWith("mapping_file") ? Format.PIE_BENCH : Format.COCO;
        }
        throw new JobException("cannot tell the format of captions file " + captions
                + " by its name; rename it to .csv, .jsonl or .json (COCO; mapping_file.json for PIE-Bench), or name"
                + " the format");
    }

    private static FileStatus status(String what, String address, Configuration configuration) {
        try {
            Path path = new Path(address);
            FileSystem fileSystem = path.getFileSystem(configuration);
            Path absolute = path.makeQualified(fileSystem.getUri(), fileSystem.getWorkingDirectory());
            if (!fileSystem.exists(absolute)) {
                throw new JobException(what + " " + absolute + " does not exist");
            }
            FileStatus status = fileSystem.getFileStatus(absolute);
            status.setPath(absolute);
            return status;
        } catch (IOException | IllegalArgumentException e) {
            throw new JobException("cannot reach " + what + " " + PublicAddress.of(address) + ": " + firstLine(e), e);
        }
    }

    /** The first line of the innermost cause's message, which is the one that says what happened. */
    static String firstLine(Throwable problem) {
        Throwable cause = problem;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = cause.getMessage() == null ? "" : cause.getMessage();
        return message.lines().findFirst().orElse(cause.getClass().getSimpleName());
    }
}
