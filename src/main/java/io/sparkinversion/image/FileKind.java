package io.sparkinversion.image;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What a file is that is no picture of a supported format, by its first bytes: for messages. */
final class FileKind {
    private static final int HEAD = 512;
    private static final int SHOWN = 8;
    private static final List<String> AVIF = List.of("avif", "avis");
    private static final List<String> HEIC = List.of("heic", "heix", "heim", "heis", "hevc", "mif1", "msf1");

    private FileKind() {}

    /** The kind with a remedy, such as {@code a HEIC picture; convert it to JPEG or PNG}; null where it is not known. */
    static String of(byte[] file) {
        String head = new String(file, 0, Math.min(file.length, HEAD), StandardCharsets.ISO_8859_1);
        if (head.startsWith("ftyp", 4) && head.length() >= 12) {
            return ofBrand(head.substring(8, 12).strip().toLowerCase(Locale.ROOT), head);
        }
        if (head.startsWith("\u00ff\n") || head.startsWith("\0\0\0\fJXL ")) {
            return convert("a JPEG XL picture");
        }
        if (head.startsWith("\0\0\0\fjP  ") || head.startsWith("\u00ffO\u00ffQ")) {
            return convert("a JPEG 2000 picture");
        }
        if (head.startsWith("8BPS")) {
            return convert("a Photoshop document");
        }
        if (head.startsWith("%PDF")) {
            return convert("a PDF document");
        }
        if (head.startsWith("\0\0\1\0") || head.startsWith("\0\0\2\0")) {
            return convert("a Windows icon");
        }
        if (head.startsWith("II+\0") || head.startsWith("MM\0+")) {
            return convert("a BigTIFF picture");
        }
        if (head.startsWith("PK\3\4") || head.startsWith("\u001f\u008b")) {
            return "an archive or compressed file; unpack it";
        }
        if (head.startsWith("\u001aE\u00df\u00a3")) {
            return "a Matroska or WebM video";
        }
        return ofText(head);
    }

    private static String ofBrand(String brand, String head) {
        String brands = head.substring(8, Math.min(head.length(), 40));
        if (AVIF.contains(brand) || brands.contains("avif")) {
            return convert("an AVIF picture");
        }
        if (HEIC.contains(brand)) {
            return convert("a HEIC picture, as phones take them");
        }
        return brand.equals("crx") ? convert("a Canon raw picture") : "an MP4 or QuickTime video";
    }

    private static String ofText(String head) {
        String text = head.replaceFirst("^\u00ef\u00bb\u00bf", "").strip().toLowerCase(Locale.ROOT);
        if (text.startsWith("<!doctype html") || text.startsWith("<html") || text.startsWith("<head")) {
            return "an HTML page, as servers send instead of a picture; fetch it again";
        }
        if (text.startsWith("version https://git-lfs")) {
            return "a git-lfs pointer; fetch the file itself with 'git lfs pull'";
        }
        if (text.startsWith("<svg") || text.startsWith("<?xml") && text.contains("<svg")) {
            return convert("an SVG drawing");
        }
        return null;
    }

    private static String convert(String kind) {
        return kind + ", which is not supported; convert it to JPEG, PNG or WebP";
    }

    /** The kind, or how the file begins. */
    static String describe(byte[] file) {
        String kind = of(file);
        if (kind != null) {
            return "the file is " + kind;
        }
        return (isText(file)
                        ? "the file is text, not an image"
                        : "the file starts with the bytes " + hex(Arrays.copyOf(file, Math.min(file.length, SHOWN))))
                + "; supported are JPEG, PNG, WebP, GIF, TIFF and BMP (what counts is the bytes, not the file's name)";
    }

    static boolean isText(byte[] file) {
        for (int i = 0; i < Math.min(file.length, HEAD); i++) {
            if (file[i] < ' ' && file[i] != '\n' && file[i] != '\r' && file[i] != '\t') {
                return false;
            }
        }
        return true;
    }

    private static String hex(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte value : bytes) {
            text.append(text.isEmpty() ? "" : " ").append("%02x".formatted(value));
        }
        return text.toString();
    }
}
