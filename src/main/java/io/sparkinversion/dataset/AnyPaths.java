package io.sparkinversion.dataset;

import io.sparkinversion.weights.Address;
import org.apache.hadoop.fs.Path;

/** The paths of a data frame, which belong to its maker: they may lead anywhere. */
record AnyPaths() implements PathResolver {

    @Override
    public Resolved resolve(String path) {
        if (path == null || path.isBlank()) {
            return new Resolved(null, null, "the row has no path");
        }
        String stem = ImagePaths.withoutExtension(PublicAddress.of(path));
        if (path.indexOf('\0') >= 0) {
            return refused(stem, path, "contains a null character");
        }
        if (!path.startsWith("/") && !Address.hasScheme(path)) {
            return refused(stem, path, "is relative; give an absolute path or an address");
        }
        try {
            Address.requireNoCredentials(path);
            return new Resolved(new Path(path).toString(), stem, null);
        } catch (IllegalArgumentException e) {
            return refused(stem, path, "cannot be used: " + JobException.oneLine(String.valueOf(e.getMessage())));
        }
    }

    private static Resolved refused(String stem, String path, String problem) {
        return new Resolved(null, stem, "path '" + JobException.oneLine(PublicAddress.of(path)) + "' " + problem);
    }
}
