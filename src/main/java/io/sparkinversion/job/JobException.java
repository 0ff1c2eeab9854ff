package io.sparkinversion.job;

/** The job cannot start or go on; the message is one line that says what is wrong, where, and what to do. */
public final class JobException extends RuntimeException {

    public JobException(String message) {
        super(message);
    }

    public JobException(String message, Throwable cause) {
        super(message, cause);
    }
}
