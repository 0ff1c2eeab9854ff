package io.sparkinversion.worker;

import java.io.Serializable;

/**
 * Why an image has no result.
 *
 * @param stage where it went wrong
 * @param code what kind of thing went wrong; failures are counted by it
 * @param message what was wrong, where, and what to do, on one line
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
        METRICS
    }
}
