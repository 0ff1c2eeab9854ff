package io.sparkinversion.dataset;

import io.sparkinversion.weights.Address;

/** Addresses as they may be shown and stored. */
public final class PublicAddress {
    private PublicAddress() {}

    /** {@link Address#withoutCredentials}. */
    public static String of(String address) {
        return Address.withoutCredentials(address);
    }

    /**
     * @param what the address is of, for the message
     * @throws JobException if the address has a {@code user:secret@} part
     */
    public static void requireNoCredentials(String what, String address) {
        try {
            Address.requireNoCredentials(address);
        } catch (IllegalArgumentException e) {
            throw new JobException(what + ": " + e.getMessage(), e);
        }
    }
}
