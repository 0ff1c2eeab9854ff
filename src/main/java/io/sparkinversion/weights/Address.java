package io.sparkinversion.weights;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/** Tells files on this machine from those that another of Hadoop's file systems holds. */
public final class Address {
    /** A scheme has two characters at least: {@code C:} is a drive. */
    private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/.*", Pattern.DOTALL);

    private Address() {}

    /** Whether it begins with a scheme, as {@code s3a://bucket/key} and {@code file:/a/b} do. */
    public static boolean hasScheme(String address) {
        return SCHEME.matcher(address).matches();
    }

    /** The file on this machine that a plain path or a {@code file:} address names; empty for any other scheme. */
    public static Optional<Path> local(String address) {
        if (!hasScheme(address)) {
            return Optional.of(Path.of(address));
        }
        return address.regionMatches(true, 0, "file:", 0, 5)
                ? Optional.of(Path.of(new org.apache.hadoop.fs.Path(address).toUri().getPath()))
                : Optional.empty();
    }
}
