package io.sparkinversion.job;

/** Addresses as they may be shown and stored. */
final class PublicAddress {
    private PublicAddress() {}

    /**
     * The address without a {@code user:secret@} part. A name without a colon before the {@code @} stays: that is a
     * container ({@code abfss://container@account/}), not a credential.
     *
     * @param address a local path or {@code scheme://authority/path}; may be null
     */
    static String of(String address) {
        int scheme = address == null ? -1 : address.indexOf("://");
        if (scheme < 0) {
            return address;
        }
        String rest = address.substring(scheme + 3);
        int at = rest.indexOf('@');
        String user = at < 0 ? "" : rest.substring(0, at);
        // An @ further down the path belongs to a file name where a plain host:port precedes the first slash. Any other
        // slash before the @ is part of the secret: AWS secrets contain them.
        boolean hostAndPort = user.matches("[^:/]*(:\\d*)?/.*");
        if (!user.contains(":") || hostAndPort) {
            return address;
        }
        return address.substring(0, scheme + 3) + rest.substring(at + 1);
    }
}
