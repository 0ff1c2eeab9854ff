package io.sparkinversion.image;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * How a picture's samples become RGB.
 *
 * @param background what shows where a picture is transparent
 * @param profile what a colour profile does
 * @param allowTruncated whether a file that ends early gives what it has; what is missing is black
 */
public record Decoding(Background background, ColourProfile profile, boolean allowTruncated) implements Serializable {
    /** As Pillow's {@code convert("RGB")}. */
    public static final Decoding AS_STORED = new Decoding(Background.KEEP, ColourProfile.IGNORE, false);

    /** What changes pixels, by name; what is as stored is absent. */
    public Map<String, String> named() {
        Map<String, String> named = new LinkedHashMap<>();
        if (background != Background.KEEP) {
            named.put("background", background.label());
        }
        if (profile != ColourProfile.IGNORE) {
            named.put("colour_profile", profile.label());
        }
        if (allowTruncated) {
            named.put("allow_truncated", "true");
        }
        return named;
    }

    /** What shows where a picture is transparent. */
    public enum Background {
        /** The colour that lies beneath, which may be anything. */
        KEEP(-1),
        WHITE(255),
        BLACK(0);

        private final int level;

        Background(int level) {
            this.level = level;
        }

        /** Of each channel, 0 to 255. */
        int level() {
            return level;
        }

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What becomes of a colour profile. */
    public enum ColourProfile {
        /** Samples are converted to sRGB by it. */
        CONVERT,
        /** Samples are taken as they are. */
        IGNORE;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
