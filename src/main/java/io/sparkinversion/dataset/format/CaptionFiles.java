package io.sparkinversion.dataset.format;

import java.util.List;
import java.util.Locale;

/** What the name of a captions file says of its format. */
final class CaptionFiles {
    /** As Flickr8k and Flickr30k have them. */
    static final List<String> FLICKR =
            List.of("Flickr8k.token.txt", "results_20130124.token", "results.token", "results.csv", "flickr30k.csv");

    private CaptionFiles() {}

    /** By the name; null where it does not tell. */
    static Format formatOf(String file) {
        // Spark reads compressed text by its last extension.
        String name = file.toLowerCase(Locale.ROOT).replaceFirst("\\.(gz|bz2|zst|xz|deflate|lz4|snappy)$", "");
        if (name.endsWith(".csv") || name.endsWith(".tsv")) {
            return Format.CSV;
        }
        if (name.endsWith(".token") || name.endsWith(".token.txt")) {
            return Format.FLICKR;
        }
        if (name.equals("captions.txt")) {
            return Format.CSV;
        }
        if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
            return Format.JSON_LINES;
        }
        if (name.endsWith(".parquet")) {
            return Format.PARQUET;
        }
        if (name.endsWith(".json")) {
            boolean lines = List.of("captions.json", "metadata.json").contains(name) || name.startsWith("part-");
            return name.startsWith("mapping_file") ? Format.PIE_BENCH : lines ? Format.JSON_LINES : Format.COCO;
        }
        return null;
    }

    /** What a dataset with such a file is called. */
    static String layoutOf(String name) {
        if (name.startsWith("metadata.")) {
            return "Hugging Face image folder";
        }
        return FLICKR.contains(name) ? "Flickr" : "image folder";
    }
}
