package io.sparkinversion.dataset.format;

import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.EditSource;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.PublicAddress;
import io.sparkinversion.dataset.format.DatasetFormat.Description;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Finds out, on the driver and without Spark, which layout a dataset has, and opens it. */
public final class FormatDetector {
    private static final List<String> TABLES = List.of(
            "captions.csv",
            "captions.jsonl",
            "captions.tsv",
            "captions.txt",
            "captions.json",
            "metadata.csv",
            "metadata.jsonl",
            "metadata.parquet",
            "metadata.json");
    private static final List<String> COCO = List.of(
            "captions_val2017.json", "captions_train2017.json", "captions_val2014.json", "captions_train2014.json");
    private static final String PIE_BENCH = "mapping_file.json";
    private static final String PIE_BENCH_IMAGES = "annotation_images";
    private static final List<String> FLICKR_IMAGES = List.of(
            "Images", "images", "Flicker8k_Dataset", "Flickr8k_Dataset", "flickr30k_images", "flickr30k-images");

    private final DatasetSettings settings;
    private final Reading reading;
    private final boolean edits;
    private final Configuration configuration;
    private final FileStatus root;
    private final FileSystem files;

    private FormatDetector(DatasetSettings settings, Configuration configuration) throws IOException {
        this.settings = settings;
        this.reading = settings.reading();
        this.edits = settings.edits() instanceof EditSource.Dataset;
        this.configuration = configuration;
        this.root = status("dataset root", settings.root());
        this.files = root.getPath().getFileSystem(configuration);
    }

    /**
     * @throws JobException if the root or the captions file does not exist or cannot be reached, or the layout cannot
     *     be told
     */
    public static DatasetFormat find(DatasetSettings settings, Configuration configuration) {
        if (settings.format() == Format.PARQUET && settings.captions() != null) {
            throw new JobException("a Parquet dataset has its captions in a column; leave out the captions file "
                    + settings.captions());
        }
        try {
            return new FormatDetector(settings, configuration).find();
        } catch (IOException | IllegalArgumentException e) {
            throw new JobException(
                    "cannot reach dataset root " + PublicAddress.of(settings.root()) + ": " + JobException.firstLine(e),
                    e);
        }
    }

    private DatasetFormat find() throws IOException {
        Path folder = root.getPath();
        if (settings.captions() != null) {
            return table(status("captions file", settings.captions()), folder);
        }
        if (!root.isDirectory()) {
            return ofFile();
        }
        Format format = settings.format();
        if (format == Format.AUTO || format == Format.CSV || format == Format.JSON_LINES) {
            for (String name : TABLES) {
                Optional<FileStatus> found = exists(new Path(folder, name));
                if (found.isPresent() && (format == Format.AUTO || CaptionFiles.formatOf(name) == format)) {
                    return table(found.get(), folder);
                }
            }
        }
        if (format == Format.AUTO || format == Format.COCO) {
            List<SourceFile> found = coco(folder);
            if (!found.isEmpty()) {
                return coco(found, folder);
            }
        }
        if (format == Format.AUTO || format == Format.PIE_BENCH) {
            Optional<FileStatus> found = exists(new Path(folder, PIE_BENCH));
            if (found.isPresent()) {
                return table(found.get(), folder);
            }
        }
        if (format == Format.AUTO || format == Format.FLICKR) {
            for (String name : CaptionFiles.FLICKR) {
                Optional<FileStatus> found = exists(new Path(folder, name));
                if (found.isPresent()) {
                    return table(found.get(), folder);
                }
            }
        }
        return listed(FolderContent.list(files, folder));
    }

    /** The root is a file: shards, a table of captions, or Parquet. */
    private DatasetFormat ofFile() throws IOException {
        Path file = root.getPath();
        if (settings.format() == Format.PARQUET || FolderContent.isParquet(file.getName())) {
            Description description = new Description("Parquet", fromColumn(), null);
            return new ParquetFormat(
                    description, file, false, file.getParent(), null, reading, edits, settings.limit());
        }
        if (FolderContent.isTar(file.getName())) {
            return shards(List.of(new SourceFile(file.toString(), "", null)), null, "WebDataset shard");
        }
        if (settings.format() == Format.AUTO && CaptionFiles.formatOf(file.getName()) == null) {
            throw new JobException("dataset root " + file
                    + " is a file; expected the folder of the images, or a folder or file of Parquet");
        }
        return table(root, file.getParent());
    }

    /** A folder whose layout only its files tell. */
    private DatasetFormat listed(FolderContent content) throws IOException {
        Path folder = root.getPath();
        Format format = settings.format();
        boolean auto = format == Format.AUTO;
        if ((auto || format == Format.CSV || format == Format.JSON_LINES)
                && !content.tables(TABLES).isEmpty()) {
            return tables(content.tables(TABLES));
        }
        if ((auto || format == Format.WEBDATASET) && !content.tars().isEmpty()) {
            Splits.Chosen chosen = Splits.choose(content.tars(), reading, folder);
            return shards(
                    chosen.files(),
                    chosen.text(),
                    content.isOfImg2dataset() ? "img2dataset WebDataset shards" : "WebDataset shards");
        }
        if ((auto || format == Format.CSV || format == Format.JSON_LINES)
                && !content.parts().isEmpty()) {
            return table(
                    content.parts(),
                    CaptionFiles.formatOf(content.parts().get(0).name()),
                    folder,
                    "parts of a table",
                    null);
        }
        boolean parquet = !content.parquet().isEmpty() && !content.isImg2datasetFiles();
        if (auto && parquet || format == Format.PARQUET) {
            return parquet(content);
        }
        boolean sidecars = content.hasTexts() && !reading.givesCaptions();
        if (!content.pictures().isEmpty()
                && (auto || format == Format.SIDECAR || format == Format.FOLDER)
                && (sidecars && format != Format.FOLDER || reading.givesCaptions())) {
            String layout = content.isImg2datasetFiles() ? "img2dataset image folder" : "image folder";
            Description description =
                    new Description(layout, sidecars ? "captions from a text beside each" : given(), null);
            return new FolderFormat(
                    description,
                    folder,
                    FolderFormat.paired(content.pictures(), sidecars ? content.texts() : List.of()),
                    reading,
                    edits);
        }
        throw nothing(content);
    }

    private JobException nothing(FolderContent content) {
        int pictures = content.pictures().size();
        return new JobException("no captions in dataset root " + root.getPath() + ": looked for "
                + String.join(", ", TABLES) + ", " + COCO.get(0) + ", " + PIE_BENCH
                + ", *.tar, *.parquet and texts beside images; "
                + (pictures == 0
                        ? "there are no images either"
                        : "it has " + pictures + (pictures == 1 ? " image" : " images")
                                + ": add captions, name the file with --captions, or give --caption TEXT or"
                                + " --caption-from file-name|none"));
    }

    private DatasetFormat parquet(FolderContent content) {
        Path folder = root.getPath();
        Splits.Chosen chosen = Splits.choose(content.parquet(), reading, folder);
        String layout = content.isOfImg2dataset()
                ? "img2dataset Parquet"
                : chosen.text() != null ? "Hugging Face Parquet" : "Parquet";
        return new ParquetFormat(
                new Description(layout, fromColumn(), chosen.text()),
                folder,
                true,
                folder,
                chosen.files().size() < content.parquet().size() ? chosen.files() : null,
                reading,
                edits,
                settings.limit());
    }

    private DatasetFormat shards(List<SourceFile> tars, String split, String layout) {
        String captions = reading.givesCaptions() ? given() : "captions from the shards";
        Description description =
                new Description(layout + (tars.size() > 1 ? " (" + tars.size() + ")" : ""), captions, split);
        Path images = root.isDirectory() ? root.getPath() : root.getPath().getParent();
        TarEntries reader = new TarEntries(reading, edits);
        return new EntryFormat(description, images, tars, reader, reading, edits, settings.limit());
    }

    /** Tables in folders below the root, which are its splits. */
    private DatasetFormat tables(List<SourceFile> all) throws IOException {
        Splits.Chosen chosen = Splits.choose(all, reading, root.getPath());
        List<SourceFile> found = chosen.files();
        if (found.size() == 1) {
            Path file = new Path(found.get(0).address());
            return table(
                    List.of(new SourceFile(found.get(0).address(), "", null)),
                    CaptionFiles.formatOf(file.getName()),
                    file.getParent(),
                    CaptionFiles.layoutOf(file.getName()),
                    chosen.text());
        }
        Format format = CaptionFiles.formatOf(found.get(0).name());
        if (format == Format.PARQUET || found.stream().anyMatch(file -> CaptionFiles.formatOf(file.name()) != format)) {
            throw new JobException("dataset " + root.getPath()
                    + " has tables of several kinds in its folders; choose one of them with --split");
        }
        return table(
                found,
                format,
                root.getPath(),
                CaptionFiles.layoutOf(found.get(0).name()),
                chosen.text());
    }

    /** @param status of a file, or of the folder of parts that a Spark writer has made */
    private DatasetFormat table(FileStatus status, Path images) throws IOException {
        Path file = status.getPath();
        List<SourceFile> parts = List.of(new SourceFile(file.toString(), "", null));
        Format format = settings.format() == Format.AUTO ? CaptionFiles.formatOf(file.getName()) : settings.format();
        if (status.isDirectory()) {
            parts = FolderContent.parts(files, file);
            if (parts.isEmpty()) {
                throw new JobException(
                        "captions file " + file + " is a folder; name one file, or a folder of part files");
            }
            format = format == null || settings.format() == Format.AUTO
                    ? CaptionFiles.formatOf(parts.get(0).name())
                    : format;
        }
        if (format == null) {
            throw new JobException("cannot tell the format of captions file " + file
                    + " by its name; rename it to .csv, .tsv, .jsonl or .json (COCO; mapping_file.json for PIE-Bench),"
                    + " or name the format");
        }
        return table(parts, format, images, CaptionFiles.layoutOf(file.getName()), null);
    }

    private DatasetFormat table(List<SourceFile> parts, Format asked, Path folder, String layout, String split)
            throws IOException {
        SourceFile first = parts.get(0);
        Format format = asked == Format.FLICKR || asked == Format.CSV && isTokens(first) ? Format.FLICKR : asked;
        String name = parts.size() == 1 ? first.name() : parts.size() + " files";
        String captions = reading.givesCaptions() ? given() : "captions from " + name;
        Description description = new Description(layout, captions, split);
        switch (format) {
            case COCO -> {
                return coco(List.of(first), folder);
            }
            case PARQUET -> {
                Path file = new Path(first.address());
                return new ParquetFormat(description, file, false, folder, null, reading, edits, settings.limit());
            }
            case PIE_BENCH -> {
                Path below = new Path(folder, PIE_BENCH_IMAGES);
                return new EntryFormat(
                        new Description("PIE-Bench", captions, null),
                        files.exists(below) ? below : folder,
                        parts,
                        new PieBenchEntries(edits),
                        reading,
                        edits,
                        settings.limit());
            }
            default -> {
                boolean flickr = layout.equals("Flickr") || first.name().equals("captions.txt");
                EntryReader reader =
                        switch (format) {
                            case JSON_LINES -> new JsonEntries(reading, edits);
                            case FLICKR -> isTokens(first) ? new FlickrEntries(reading) : csv();
                            default -> csv();
                        };
                Path images = flickr || reader instanceof FlickrEntries ? flickrImages(folder) : folder;
                return new EntryFormat(description, images, parts, reader, reading, edits, settings.limit());
            }
        }
    }

    private CsvEntries csv() {
        return new CsvEntries(reading, edits, settings.limit());
    }

    private Path flickrImages(Path folder) throws IOException {
        for (String name : FLICKR_IMAGES) {
            if (files.exists(new Path(folder, name))) {
                return new Path(folder, name);
            }
        }
        return folder;
    }

    /** A text may be a table with a header, or Flickr's list. */
    private boolean isTokens(SourceFile file) throws IOException {
        try (BufferedReader text =
                new BufferedReader(TextFile.open(new Path(file.address()), configuration, reading.encoding()))) {
            String line = text.readLine();
            return line != null && FlickrEntries.looksLikeOne(line);
        } catch (TextFile.NoTextException e) {
            return false;
        }
    }

    private List<SourceFile> coco(Path folder) throws IOException {
        List<SourceFile> found = new ArrayList<>();
        for (String name : COCO) {
            for (Path place : List.of(new Path(folder, name), new Path(folder, "annotations/" + name))) {
                if (exists(place).isPresent()) {
                    String split = name.replaceAll("^captions_|\\.json$", "");
                    found.add(new SourceFile(place.toString(), "", split));
                }
            }
        }
        found.sort(Comparator.comparing(SourceFile::address));
        return found;
    }

    private DatasetFormat coco(List<SourceFile> found, Path folder) throws IOException {
        Splits.Chosen chosen =
                found.size() == 1 ? new Splits.Chosen(found, null) : Splits.choose(found, reading, folder);
        if (chosen.files().size() > 1) {
            throw new JobException(
                    "dataset " + folder + ": COCO's splits have folders of their own; choose one with" + " --split");
        }
        SourceFile file = chosen.files().get(0);
        Path images = folder;
        for (String name : file.split() == null ? List.<String>of() : List.of(file.split(), "images/" + file.split())) {
            images = images.equals(folder) && files.exists(new Path(folder, name)) ? new Path(folder, name) : images;
        }
        String captions = reading.givesCaptions() ? given() : "captions from " + file.name();
        return new CocoFormat(new Description("COCO", captions, chosen.text()), images, file, reading, edits);
    }

    private String fromColumn() {
        if (reading.givesCaptions()) {
            return given();
        }
        String column = reading.captionColumn();
        return "captions from " + (column == null ? "its columns" : "column " + column);
    }

    /** What the captions are where the dataset's own are not read. */
    private String given() {
        return switch (reading.captionFrom()) {
            case FILE_NAME -> "captions from file names";
            case NONE -> "without captions (empty prompt)";
            case DATASET -> "one caption for all";
        };
    }

    private Optional<FileStatus> exists(Path path) throws IOException {
        if (!files.exists(path)) {
            return Optional.empty();
        }
        FileStatus status = files.getFileStatus(path);
        status.setPath(path);
        return Optional.of(status);
    }

    private FileStatus status(String what, String address) {
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
            throw new JobException(
                    "cannot reach " + what + " " + PublicAddress.of(address) + ": " + JobException.firstLine(e), e);
        }
    }
}
