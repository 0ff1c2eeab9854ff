package io.sparkinversion.dataset.format;

import io.sparkinversion.dataset.JobException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The splits of a dataset, as Hugging Face names them: by a folder or by a word of the file's name
 * ({@code data/train-00000-of-00002.parquet}), in which train and training are the same split and so on.
 */
final class Splits {
    private static final Pattern TRAIN = word("train|training");
    private static final Pattern TEST = word("test|testing|eval|evaluation");
    private static final Pattern VALIDATION = word("validation|valid|val|dev");
    private static final Pattern SHARD = Pattern.compile("^(.+)-\\d{5}-of-\\d{5}\\b.*");

    private Splits() {}

    private static Pattern word(String words) {
        return Pattern.compile("(?i)(^|[^a-z0-9])(" + words + ")\\d*($|[^a-z])");
    }

    /** @param path below the dataset's root; null where it says nothing */
    static String of(String path) {
        Matcher shard = SHARD.matcher(path.substring(path.lastIndexOf('/') + 1));
        String known = keyword(path);
        return known == null && shard.matches() ? shard.group(1) : known;
    }

    private static String keyword(String path) {
        // The folder says more than the name: train/valid-0001.tar.
        for (String part : path.split("/")) {
            if (TRAIN.matcher(part).find()) {
                return "train";
            }
            if (VALIDATION.matcher(part).find()) {
                return "validation";
            }
            if (TEST.matcher(part).find()) {
                return "test";
            }
        }
        return null;
    }

    /**
     * Which files are read.
     *
     * @param files theirs
     * @param text for people; null where there are no splits
     */
    record Chosen(List<SourceFile> files, String text) {}

    /**
     * The files of the splits that the user wants.
     *
     * @param root for messages
     * @throws JobException if the dataset has several splits and the user has named none, or one that there is not
     */
    static Chosen choose(List<SourceFile> files, Reading reading, Object root) {
        List<SourceFile> named = named(files);
        NavigableSet<String> there = named.stream()
                .map(SourceFile::split)
                .filter(Objects::nonNull)
                .collect(Collectors.toCollection(TreeSet::new));
        String list = String.join(", ", there);
        if (reading.split() == null) {
            if (there.size() > 1) {
                throw new JobException("dataset " + root + " has the splits " + list + "; choose with --split, such as"
                        + " --split " + there.first() + ", or take all with --split " + Reading.ALL_SPLITS);
            }
            return new Chosen(named, there.isEmpty() ? null : "split " + list);
        }
        if (there.isEmpty()) {
            throw new JobException("dataset " + root + " has no splits; leave out --split");
        }
        if (reading.split().equalsIgnoreCase(Reading.ALL_SPLITS)) {
            return new Chosen(named, "splits " + list);
        }
        List<String> wanted = new ArrayList<>();
        for (String name : reading.split().split("[+,]")) {
            wanted.add(canonical(name.strip(), there, root));
        }
        return new Chosen(
                named.stream().filter(file -> wanted.contains(file.split())).toList(),
                "split " + String.join("+", wanted) + " of " + list);
    }

    private static String canonical(String name, NavigableSet<String> there, Object root) {
        String known = keyword(name);
        return Arrays.asList(name, name.toLowerCase(Locale.ROOT), String.valueOf(known)).stream()
                .filter(there::contains)
                .findFirst()
                .orElseThrow(() -> new JobException("dataset " + root + " has no split " + JobException.oneLine(name)
                        + "; it has: " + String.join(", ", there)));
    }

    /** Beside files with splits, one without is a split of its own. */
    private static List<SourceFile> named(List<SourceFile> files) {
        boolean some = files.stream().anyMatch(file -> file.split() != null);
        return files.stream()
                .map(file -> file.split() != null || !some
                        ? file
                        : new SourceFile(
                                file.address(), file.prefix(), file.name().replaceFirst("\\..*", "")))
                .toList();
    }
}
