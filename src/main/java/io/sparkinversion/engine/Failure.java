package io.sparkinversion.engine;

import io.sparkinversion.weights.Message;
import java.io.Serializable;

/**
 * Why an image has no result.
 *
 * @param stage where it went wrong
 * @param code what kind of thing went wrong; failures are counted by it
 * @param message what was wrong, where, and what to do, on one line without credentials; longer ones are
 *     cut, see {@link Message}
 */
public record Failure(Stage stage, ErrorCode code, String message) implements Serializable {
    /** The stages that an image passes, in order. */
    public enum Stage {
        PLAN,
        LOAD,
        DECODE,
        ENCODE,
        INVERT,
        RECONSTRUCT,
        EDIT,
        METRICS
    }

    /** Storage clients and libtorch report over many lines; a table's cell is one. */
    public Failure {
        message = message == null ? "" : Message.of(message).strip();
    }

    /** What an exception says, or its kind where it says nothing. */
    public static String reason(Throwable cause) {
        String kind = cause.getClass().getSimpleName();
        String message = cause.getMessage();
        return message == null || message.isBlank() ? kind : kind + ": " + message;
    }
}
