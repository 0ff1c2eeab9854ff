package io.sparkinversion.dataset;

import io.sparkinversion.UserException;
import io.sparkinversion.weights.Message;

/** The job cannot start or go on; the message is one line that says what is wrong, where, and what to do. */
public final class JobException extends UserException {

    public JobException(String message) {
        super(Message.of(message));
    }

    public JobException(String message, Throwable cause) {
        super(Message.of(message), cause);
    }
}
