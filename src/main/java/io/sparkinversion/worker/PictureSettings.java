package io.sparkinversion.worker;

import io.sparkinversion.UserException;
import io.sparkinversion.image.Decoding;
import java.io.Serializable;
import java.util.Map;

/**
 * Which pictures are taken, and how they become RGB.
 *
 * @param decoding of their files
 * @param minSize pixels of the shorter side; smaller pictures are refused, 0 takes all
 */
public record PictureSettings(Decoding decoding, int minSize) implements Serializable {
    /** As Pillow's {@code convert("RGB")}, whatever their size. */
    public static final PictureSettings AS_STORED = new PictureSettings(Decoding.AS_STORED, 0);

    /** @throws UserException if the size is negative */
    public PictureSettings {
        if (minSize < 0) {
            throw new UserException("min size is " + minSize + "; it must be 0 or more");
        }
    }

    /** Those that change results, by name; what is as stored is absent, as in results that are older than these. */
    public Map<String, String> named() {
        Map<String, String> named = decoding.named();
        if (minSize > 0) {
            named.put("min_size", Integer.toString(minSize));
        }
        return named;
    }
}
