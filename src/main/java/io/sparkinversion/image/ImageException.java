package io.sparkinversion.image;

import java.util.Objects;

/** An encoded image that has no pixels to give; the kind lets failures be counted. */
public final class ImageException extends Exception {
    private static final int LONGEST_REASON = 200;

    private final Kind kind;

    /** Why an image could not be decoded. */
    public enum Kind {
        /** There are no bytes. */
        EMPTY,
        /** The bytes begin like no format that is supported, or are a rare variant of one that is not supported. */
        UNKNOWN_FORMAT,
        /** The bytes begin like an image of a supported format, and end early or contradict themselves. */
        CORRUPT,
        /** The header claims more pixels than the bound. */
        TOO_LARGE,
        /** The picture is too long and narrow for the way in which it is to be resized. */
        ASPECT_RATIO
    }

    /**
     * @param message one line
     */
    public ImageException(Kind kind, String message) {
        this(kind, message, null);
    }

    /**
     * @param message one line
     * @param cause what a codec threw, or null
     */
    public ImageException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = Objects.requireNonNull(kind);
    }

    public Kind kind() {
        return kind;
    }

    static ImageException corrupt(String format, Object... arguments) {
        return new ImageException(Kind.CORRUPT, format.formatted(arguments));
    }

    static ImageException unsupported(String format, Object... arguments) {
        return new ImageException(Kind.UNKNOWN_FORMAT, format.formatted(arguments));
    }

    /** Codecs' messages can be missing, long, or of several lines. */
    static ImageException damaged(String format, Throwable cause) {
        String reason = cause.getMessage() == null
                ? cause.getClass().getSimpleName()
                : cause.getMessage().replaceAll("\\s+", " ").strip();
        String shortened = reason.length() > LONGEST_REASON ? reason.substring(0, LONGEST_REASON) + "..." : reason;
        return new ImageException(Kind.CORRUPT, format + " data are damaged: " + shortened, cause);
    }
}
