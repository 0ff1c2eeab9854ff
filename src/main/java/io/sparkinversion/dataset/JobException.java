package io.sparkinversion.dataset;

import io.sparkinversion.UserException;
import io.sparkinversion.weights.Message;

/** The job cannot start or go on; the message is one line that says what is wrong, where, and what to do. */
public class JobException extends UserException {

    public JobException(String message) {
        super(Message.of(message));
    }

    public JobException(String message, Throwable cause) {
        super(Message.of(message), cause);
    }

    /** The text with control characters, line ends among them, as question marks: fit to be quoted in a message. */
    public static String oneLine(String text) {
        return text.replaceAll("[\\p{Cntrl}\\u0085\\u2028\\u2029]", "?");
    }

    /** The first line of the innermost cause's message, which is the one that says what happened. */
    public static String firstLine(Throwable problem) {
        Throwable cause = problem;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = cause.getMessage() == null ? "" : cause.getMessage();
        return message.lines().findFirst().orElse(cause.getClass().getSimpleName());
    }
}
