package io.sparkinversion;

/**
 * The user's input, settings or files are at fault, not this program. The message says in one line what is wrong, where,
 * and what to do; commands print it without a stack trace and end with exit code 2. Any other exception is a bug, or a
 * failure of the machine.
 */
public class UserException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UserException(String message) {
        super(message);
    }

    public UserException(String message, Throwable cause) {
        super(message, cause);
    }
}
