package io.sparkinversion.network;

import io.sparkinversion.UserException;
import io.sparkinversion.weights.Message;

/** A model's config is missing, malformed, or asks for something that is not built here; the message names the key. */
public final class UnsupportedConfigException extends UserException {
    private static final long serialVersionUID = 1L;

    public UnsupportedConfigException(String message, Throwable cause) {
        super(Message.of(message), cause);
    }
}
