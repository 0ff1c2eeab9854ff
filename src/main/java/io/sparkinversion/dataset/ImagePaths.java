package io.sparkinversion.dataset;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;

/**
 * Turns the paths that a dataset gives into absolute addresses below its root. Purely by name: nothing is looked up, so
 * a symbolic link inside the root may lead elsewhere.
 *
 * @param fileSystem scheme and authority of the root, such as {@code file:} or {@code s3a://bucket}
 * @param root the segments of the root's path
 */
record ImagePaths(String fileSystem, List<String> root) implements PathResolver {
    private static final Pattern ADDRESS = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*:)(//[^/]*)?(/.*)", Pattern.DOTALL);

    /** Paths below a folder, given by its absolute address. */
    static ImagePaths below(Path folder) {
        URI uri = folder.toUri();
        String authority = uri.getAuthority() == null ? "" : "//" + uri.getAuthority();
        return new ImagePaths(uri.getScheme() + ":" + authority, segments(uri.getPath()));
    }

    /** Relative to the root, or an absolute path or address below it. */
    @Override
    public Resolved resolve(String path) {
        if (path == null || path.isBlank()) {
            return new Resolved(null, null, "the row has no path");
        }
        if (path.indexOf('\0') >= 0) {
            return refused(path, "contains a null character");
        }
        Matcher address = ADDRESS.matcher(path);
        boolean absolute = path.startsWith("/");
        List<String> target;
        if (address.matches()) {
            if (!fileSystem.equalsIgnoreCase(fileSystem(address))) {
                return refused(path, "is outside of the dataset's root " + rootAddress());
            }
            target = normalized(List.of(), address.group(3));
        } else {
            target = normalized(absolute ? List.of() : root, path);
        }
        if (target == null
                || target.size() < root.size()
                || !target.subList(0, root.size()).equals(root)) {
            return refused(path, "is outside of the dataset's root " + rootAddress());
        }
        if (target.size() == root.size()) {
            return refused(path, "is the dataset's root itself, not a file in it");
        }
        String relative = String.join("/", target.subList(root.size(), target.size()));
        return new Resolved(fileSystem + "/" + String.join("/", target), withoutExtension(relative), null);
    }

    /** The path without the last extension of its last name; a name that only begins with a dot has none. */
    static String withoutExtension(String path) {
        int name = path.lastIndexOf('/') + 1;
        int dot = path.lastIndexOf('.');
        return dot > name ? path.substring(0, dot) : path;
    }

    private static String fileSystem(Matcher address) {
        // file:///x and file:/x are the same file.
        String authority = address.group(2) == null || address.group(2).equals("//") ? "" : address.group(2);
        return address.group(1) + authority;
    }

    private String rootAddress() {
        return fileSystem + "/" + String.join("/", root);
    }

    private static Resolved refused(String path, String problem) {
        String shown = PublicAddress.of(path);
        return new Resolved(null, withoutExtension(shown), "path '" + JobException.oneLine(shown) + "' " + problem);
    }

    /** The segments after following {@code path} from {@code start}, or null if it climbs above the top. */
    private static List<String> normalized(List<String> start, String path) {
        List<String> target = new ArrayList<>(start);
        for (String segment : segments(path)) {
            if (!segment.equals("..")) {
                target.add(segment);
            } else if (target.isEmpty()) {
                return null;
            } else {
                target.remove(target.size() - 1);
            }
        }
        return target;
    }

    private static List<String> segments(String path) {
        List<String> segments = new ArrayList<>();
        for (String segment : path.split("/")) {
            if (!segment.isEmpty() && !segment.equals(".")) {
                segments.add(segment);
            }
        }
        return segments;
    }
}
