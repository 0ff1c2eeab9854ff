package io.sparkinversion.worker;

/** Neither a file nor the place where it lies can be read: that says nothing of the image, so its task fails. */
final class UnreachableException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    UnreachableException(String message, Throwable cause) {
        super(message, cause);
    }
}
