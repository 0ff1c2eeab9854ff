package io.sparkinversion.job;

import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The folder that the paths of a dataset must stay in. Decided on the names alone: a symbolic link inside the folder
 * is the dataset owner's choice and is followed, since downloaded Hugging Face datasets consist of them.
 *
 * @param address an absolute local path or a qualified URI
 */
record DatasetRoot(String address) implements Serializable {

    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):(//[^/]*)?(/.*)");
    private static final Pattern CONTROL_CHARACTER = Pattern.compile("\\p{Cntrl}");
    private static final Pattern ENCODED_PARENT = Pattern.compile("(?i)(\\.|%2e){2}");

    /**
     * Where a row's path leads.
     *
     * @param path the whole address; null where {@code problem} is not
     * @param relative the same from the root on
     * @param problem what is wrong with the path, or null
     */
    record Location(String path, String relative, String problem) {}

    /** A path of the dataset, relative to the root or absolute and inside of it. */
    Location resolve(String path) {
        if (path == null || path.isBlank()) {
            return problem("the row has no path; give one in the captions file");
        }
        if (CONTROL_CHARACTER.matcher(path).find()) {
            return problem("the path '" + path.replaceAll("\\p{Cntrl}", "?") + "' has control characters");
        }
        String rest = path;
        String rootPath = address;
        Matcher root = SCHEME.matcher(address);
        if (root.matches()) {
            rootPath = root.group(3);
        }
        Matcher given = SCHEME.matcher(path);
        if (given.matches()) {
            if (!sameStore(given, root)) {
                return problem("the path '" + Addresses.redacted(path) + "' is on another store than the dataset's root "
                        + address + "; only files below the root are read");
            }
            rest = given.group(3);
        }
        boolean absolute = rest.startsWith("/");
        String relative = normalized(rest);
        if (relative != null && absolute) {
            String prefix = normalized(rootPath);
            prefix = prefix == null || prefix.isEmpty() ? "" : prefix + "/";
            relative = relative.startsWith(prefix) ? relative.substring(prefix.length()) : null;
        }
        if (relative == null || relative.isEmpty()) {
            return problem("the path '" + path + "' is not below the dataset's root " + address
                    + "; put the file there or give another root");
        }
        return new Location(address + (address.endsWith("/") ? "" : "/") + relative, relative, null);
    }

    private static boolean sameStore(Matcher given, Matcher root) {
        String scheme = given.group(1).toLowerCase(Locale.ROOT);
        if (!root.matches()) {
            return scheme.equals("file") && (given.group(2) == null || given.group(2).equals("//"));
        }
        return scheme.equals(root.group(1).toLowerCase(Locale.ROOT))
                && authority(given).equalsIgnoreCase(authority(root));
    }

    private static String authority(Matcher address) {
        return address.group(2) == null ? "//" : address.group(2);
    }

    /** Without empty segments, {@code .} and {@code ..}; null where it climbs above its start. */
    private static String normalized(String path) {
        Deque<String> segments = new ArrayDeque<>();
        for (String segment : path.split("/")) {
            if (segment.equals("..")) {
                if (segments.pollLast() == null) {
                    return null;
                }
            } else if (ENCODED_PARENT.matcher(segment).matches()) {
                return null;
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                segments.addLast(segment);
            }
        }
        return String.join("/", segments);
    }

    private static Location problem(String message) {
        return new Location(null, null, message);
    }
}
