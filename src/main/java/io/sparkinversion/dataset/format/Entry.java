package io.sparkinversion.dataset.format;

import java.util.List;
import org.apache.spark.sql.Row;

/** What a dataset says of one image, in the words that the file has. What it does not say is null. */
final class Entry {
    String id;
    String path;
    List<String> captions = List.of();
    String[] editPrompts;
    String[] blendWords;
    String editProblem;
    /** Of {@link io.sparkinversion.dataset.ManifestSchema#MASK_TYPE}. */
    Row mask;

    String maskProblem;
    /** Of the edit, as the dataset names it; null where it does not. */
    String category;
    /** The encoded image where the file holds it. */
    byte[] bytes;
    /** What is wrong with the file from here on; nothing else is said then. */
    String malformed;

    /** @param problem goes behind the name of the file, as {@code line 3 of captions file X is no JSON object} */
    static Entry malformed(String problem) {
        Entry entry = new Entry();
        entry.malformed = problem;
        return entry;
    }
}
