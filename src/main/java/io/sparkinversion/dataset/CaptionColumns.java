package io.sparkinversion.dataset;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The names under which datasets keep what the job needs. {@code file_name} and {@code text} are those of Hugging
 * Face's imagefolder; case and surrounding blanks do not matter.
 */
enum CaptionColumns {
    PATH("path", "file_name"),
    CAPTION("caption", "text"),
    ID("id", "image_id"),
    EDIT_PROMPT("edit_prompt"),
    /** {@code source target}, words of the caption and the edit prompt; the second name is PIE-Bench's. */
    BLEND_WORDS("blend_words", "blended_word"),
    /** Parquet only. */
    IMAGE("image");

    private final List<String> names;

    CaptionColumns(String... names) {
        this.names = List.of(names);
    }

    /** All names, the preferred one first. */
    List<String> names() {
        return names;
    }

    /** The index of the column among {@code columns}; where two names are there, the preferred one counts. */
    Optional<Integer> find(List<String> columns) {
        List<String> plain = columns.stream()
                .map(column -> column.strip().toLowerCase(Locale.ROOT))
                .toList();
        return names.stream().map(plain::indexOf).filter(index -> index >= 0).findFirst();
    }

    /**
     * @param file whose columns they are, for the message
     * @throws JobException if the column is not there; the message lists those that are
     */
    int require(List<String> columns, Object file) {
        return find(columns)
                .orElseThrow(() -> new JobException("no column " + String.join(" or ", names) + " in " + file
                        + "; its columns are: " + ImagePaths.oneLine(String.join(", ", columns))
                        + (this == EDIT_PROMPT ? "; add it, or give edit templates such as 's/cat/dog/'" : "")));
    }
}
