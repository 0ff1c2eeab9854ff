package io.sparkinversion.image;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.InflaterInputStream;

/**
 * What texts of a PNG say of its orientation (11.3.4 of the standard): XMP, and the EXIF that ImageMagick writes as a
 * "raw profile": a line end, the name, the number of bytes and their hexadecimal digits.
 *
 * @param exif null where this text has none
 * @param xmp likewise
 */
record PngText(byte[] exif, byte[] xmp) {
    private static final String XMP = "XML:com.adobe.xmp";
    private static final int LONGEST = 1 << 22;
    private static final int RAW_PROFILE_LINES = 3;

    /**
     * @param type tEXt, zTXt or iTXt
     * @param data of the chunk; nothing is found in one that is malformed
     */
    static PngText of(String type, byte[] data) {
        int end = zero(data, 0);
        String keyword = new String(data, 0, end, StandardCharsets.ISO_8859_1);
        boolean rawExif = keyword.equals("Raw profile type exif") || keyword.equals("Raw profile type APP1");
        if (!rawExif && !keyword.equals(XMP)) {
            return new PngText(null, null);
        }
        byte[] text = text(type, data, end);
        return rawExif ? new PngText(rawProfile(text), null) : new PngText(null, text);
    }

    private static byte[] text(String type, byte[] data, int end) {
        int from = Math.min(end + 1, data.length);
        if (type.equals("tEXt")) {
            return Arrays.copyOfRange(data, from, data.length);
        }
        if (type.equals("zTXt")) {
            return inflated(data, from + 1);
        }
        // Flag and method of compression, language, translated keyword, text.
        boolean compressed = from < data.length && data[from] == 1;
        int language = zero(data, from + 2);
        int start = zero(data, language + 1) + 1;
        return compressed ? inflated(data, start) : Arrays.copyOfRange(data, Math.min(start, data.length), data.length);
    }

    private static byte[] rawProfile(byte[] text) {
        String digits = new String(text, StandardCharsets.ISO_8859_1)
                .lines()
                .skip(RAW_PROFILE_LINES)
                .reduce("", String::concat)
                .strip();
        try {
            return HexFormat.of().parseHex(digits);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** The profile of an iCCP chunk: name, method of compression, profile; null where it is malformed. */
    static byte[] profile(byte[] data) {
        byte[] profile = inflated(data, zero(data, 0) + 2);
        return profile.length == 0 ? null : profile;
    }

    private static byte[] inflated(byte[] data, int from) {
        int start = Math.min(from, data.length);
        try (InputStream text = new InflaterInputStream(new ByteArrayInputStream(data, start, data.length - start))) {
            return text.readNBytes(LONGEST);
        } catch (IOException e) {
            return new byte[0];
        }
    }

    /** Where the next zero byte is; the end where there is none. */
    private static int zero(byte[] data, int from) {
        int at = Math.min(from, data.length);
        while (at < data.length && data[at] != 0) {
            at++;
        }
        return at;
    }
}
