package io.sparkinversion.dataset.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/**
 * The files in a folder and below, sorted, without what is hidden or none of the user's.
 *
 * @param root absolute
 * @param files paths below the root
 */
record FolderContent(Path root, List<String> files) {
    private static final Set<String> NOBODYS = Set.of("__MACOSX", "@eaDir", "_temporary", "_SUCCESS");
    private static final Pattern TAR = Pattern.compile("(?i).*\\.(tar|tar\\.gz|tgz)");
    private static final Pattern PART = Pattern.compile("(?i)part-[^/]*\\.(csv|tsv|json|jsonl)(\\.[a-z0-9]+)?");
    private static final Set<String> TEXTS = Set.of("txt", "caption", "json");
    private static final String STATISTICS = "_stats.json";

    /** One listing of the folder with all below it. */
    static FolderContent list(FileSystem fileSystem, Path root) throws IOException {
        String base = root.toUri().getPath();
        String prefix = base.endsWith("/") ? base : base + "/";
        List<String> names = new ArrayList<>();
        RemoteIterator<LocatedFileStatus> all = fileSystem.listFiles(root, true);
        while (all.hasNext()) {
            String path = all.next().getPath().toUri().getPath();
            String name = path.startsWith(prefix) ? path.substring(prefix.length()) : path;
            if (Arrays.stream(name.split("/")).noneMatch(part -> part.startsWith(".") || NOBODYS.contains(part))) {
                names.add(name);
            }
        }
        names.sort(Comparator.naturalOrder());
        return new FolderContent(root, names);
    }

    /** The part files of a table that a Spark job has written into a folder. */
    static List<SourceFile> parts(FileSystem fileSystem, Path folder) throws IOException {
        List<SourceFile> parts = new ArrayList<>();
        for (FileStatus file : fileSystem.listStatus(folder)) {
            if (file.isFile() && PART.matcher(file.getPath().getName()).matches()) {
                parts.add(new SourceFile(new Path(folder, file.getPath().getName()).toString(), "", null));
            }
        }
        parts.sort(Comparator.comparing(SourceFile::address));
        return parts;
    }

    static boolean isParquet(String name) {
        return name.toLowerCase(Locale.ROOT).endsWith(".parquet");
    }

    static boolean isTar(String name) {
        return TAR.matcher(name).matches();
    }

    /** Tables of captions in folders below the root, of each folder the one that is named first. */
    List<SourceFile> tables(List<String> names) {
        List<SourceFile> tables = new ArrayList<>();
        Set<String> folders = new HashSet<>();
        for (String name : names) {
            for (String file : files) {
                String folder = file.contains("/") ? file.substring(0, file.lastIndexOf('/') + 1) : "";
                if (!folder.isEmpty() && file.equals(folder + name) && folders.add(folder)) {
                    String split = Splits.of(folder);
                    String last = folder.substring(0, folder.length() - 1);
                    tables.add(source(file, folder, split == null ? last : split));
                }
            }
        }
        return tables.size() == 1 && Splits.of(tables.get(0).prefix()) == null
                ? List.of(source(
                        tables.get(0).prefix() + tables.get(0).name(),
                        tables.get(0).prefix(),
                        null))
                : tables;
    }

    List<SourceFile> tars() {
        return sources(files.stream().filter(FolderContent::isTar).toList());
    }

    /** Those that Parquet's readers take for hidden are not among them. */
    List<SourceFile> parquet() {
        return sources(files.stream()
                .filter(file -> isParquet(file) && !lastPart(file).startsWith("_"))
                .toList());
    }

    /** Part files right in the folder. */
    List<SourceFile> parts() {
        return files.stream()
                .filter(file -> PART.matcher(file).matches())
                .map(file -> source(file, "", null))
                .toList();
    }

    List<String> pictures() {
        return files.stream().filter(Pictures::isPicture).toList();
    }

    /** Files that may say something of the picture with the same name. */
    List<String> texts() {
        return files.stream()
                .filter(file -> lastPart(file).indexOf('.') > 0 && TEXTS.contains(Pictures.extension(file)))
                .toList();
    }

    /** Whether any picture has a text beside it. */
    boolean hasTexts() {
        Set<String> stems = new HashSet<>();
        texts().forEach(text -> stems.add(text.substring(0, text.lastIndexOf('.'))));
        return pictures().stream().anyMatch(picture -> stems.contains(picture.substring(0, picture.lastIndexOf('.'))));
    }

    /** Whether img2dataset has written it, which leaves its statistics beside each shard. */
    boolean isOfImg2dataset() {
        return files.stream().anyMatch(file -> file.matches("\\d+" + STATISTICS));
    }

    /** Whether img2dataset has written files: beside the folder of each shard lies a table of what is in it. */
    boolean isImg2datasetFiles() {
        return files.stream()
                .filter(file -> file.matches("\\d+\\.parquet"))
                .map(file -> file.replace(".parquet", "/"))
                .anyMatch(folder -> files.stream().anyMatch(file -> file.startsWith(folder)));
    }

    private List<SourceFile> sources(List<String> names) {
        return names.stream().map(name -> source(name, "", Splits.of(name))).toList();
    }

    private SourceFile source(String name, String prefix, String split) {
        return new SourceFile(new Path(root, name).toString(), prefix, split);
    }

    private static String lastPart(String name) {
        return name.substring(name.lastIndexOf('/') + 1);
    }
}
