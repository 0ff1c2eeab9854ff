package io.sparkinversion.weights;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/** Tells files on this machine from those that another of Hadoop's file systems holds. */
public final class Address {
    /** A scheme has two characters at least: {@code C:} is a drive. */
    private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/.*", Pattern.DOTALL);

    private static final Pattern WEB = Pattern.compile("(?i)https?://");

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
                ? Optional.of(
                        Path.of(new org.apache.hadoop.fs.Path(address).toUri().getPath()))
                : Optional.empty();
    }

    /**
     * The address without a {@code user:secret@} part, and of a web address without the query, which may be signed. A
     * name without a colon before the {@code @} stays: that is a container ({@code abfss://container@account/}), not a
     * credential.
     *
     * @param address a local path or {@code scheme://authority/path}; may be null
     */
    public static String withoutCredentials(String address) {
        String clean = withoutUser(address);
        return clean != null && WEB.matcher(clean).lookingAt() ? clean.replaceFirst("(?s)\\?.*", "") : clean;
    }

    /**
     * @throws IllegalArgumentException if the address has a {@code user:secret@} part: every log and table that names
     *     the address would repeat it
     */
    public static void requireNoCredentials(String address) {
        if (!Objects.equals(withoutUser(address), address)) {
            throw new IllegalArgumentException("the address " + withoutCredentials(address) + " was given with"
                    + " credentials in it, which would get into logs and tables; give them as settings, such as"
                    + " spark.hadoop.fs.s3a.access.key and spark.hadoop.fs.s3a.secret.key, or in the environment");
        }
    }

    private static String withoutUser(String address) {
        int scheme = address == null ? -1 : address.indexOf("://");
        if (scheme < 0) {
            return address;
        }
        String rest = address.substring(scheme + 3);
        int slash = rest.indexOf('/');
        int at = (slash < 0 ? rest : rest.substring(0, slash)).lastIndexOf('@');
        if (at < 0) {
            // An @ further down the path belongs to a file name where a plain host, or host:port where the scheme has
            // ports, precedes the first slash. Any other slash before it is part of the secret: AWS secrets have them.
            boolean ports = !address.regionMatches(true, 0, "s3", 0, 2);
            boolean host = rest.matches(ports ? "(?s)[^:/]*(:\\d+)?/.*" : "(?s)[^:/]*/.*");
            at = host ? -1 : rest.indexOf('@');
        }
        boolean secret = at >= 0 && rest.substring(0, at).contains(":");
        return secret ? address.substring(0, scheme + 3) + rest.substring(at + 1) : address;
    }
}
