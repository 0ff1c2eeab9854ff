package io.sparkinversion.worker;

import io.sparkinversion.weights.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;

/** A key that is equal where all parts are: SHA-256 over a list of texts. */
public final class ContentKey {
    private static final byte[] NULL_LENGTH = {-1, -1, -1, -1};

    private ContentKey() {}

    /** Lower-case hex. Each part is preceded by its length, so that different lists differ; parts may be null. */
    public static String of(List<String> parts) {
        MessageDigest digest = Sha256.digest();
        for (String part : parts) {
            if (part == null) {
                digest.update(NULL_LENGTH);
            } else {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                digest.update(
                        ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
                digest.update(bytes);
            }
        }
        return Sha256.hex(digest.digest());
    }
}
