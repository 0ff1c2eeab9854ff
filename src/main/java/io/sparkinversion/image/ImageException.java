package io.sparkinversion.image;

/** Why some bytes did not become a picture. The message is one line and names what is wrong. */
public final class ImageException extends Exception {

    private static final long serialVersionUID = 1;

    /** The kinds of trouble, so that failures can be counted. */
    public enum Kind {
        /** There are no bytes. */
        EMPTY,
        /** The bytes are in no format, or no variant of a format, that is supported. */
        UNKNOWN_FORMAT,
        /** The bytes begin like a supported format and end early or contradict themselves. */
        CORRUPT,
        /** The header claims more pixels than the caller's bound; nothing was decoded. */
        TOO_LARGE
    }

    private final Kind kind;

    public ImageException(Kind kind, String message) {
        this(kind, message, null);
    }

    public ImageException(Kind kind, String message, Throwable cause) {
        super(message.replaceAll("\\s*\\R\\s*", " "), cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    static ImageException corrupt(String message, Object... arguments) {
        return new ImageException(Kind.CORRUPT, message.formatted(arguments));
    }

    static ImageException unsupported(String message, Object... arguments) {
        return new ImageException(Kind.UNKNOWN_FORMAT, message.formatted(arguments));
    }
}
