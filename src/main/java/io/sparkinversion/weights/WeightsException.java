package io.sparkinversion.weights;

import io.sparkinversion.UserException;

/** Weights that cannot be found, read or trusted. The message says what was wrong, in which file, and what to do. */
public class WeightsException extends UserException {

    public WeightsException(String message) {
        super(Message.of(message));
    }

    public WeightsException(String message, Throwable cause) {
        super(Message.of(message), cause);
    }
}
