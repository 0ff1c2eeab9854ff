package io.sparkinversion.job;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** SHA-256 of lists of strings. */
final class Sha256 {
    private static final byte[] NULL_LENGTH = {-1, -1, -1, -1};

    private Sha256() {}

    /** Lower-case hex. Each part is preceded by its length, so that different lists differ; parts may be null. */
    static String of(List<String> parts) {
        MessageDigest digest = digest();
        for (String part : parts) {
            if (part == null) {
                digest.update(NULL_LENGTH);
            } else {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
                digest.update(bytes);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
