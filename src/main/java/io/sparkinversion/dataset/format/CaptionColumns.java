package io.sparkinversion.dataset.format;

import io.sparkinversion.dataset.JobException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * The names under which datasets keep what the job needs, the preferred one first; case and surrounding blanks do not
 * matter. {@code file_name} and {@code text} are those of Hugging Face's imagefolder, {@code key} and {@code jpg} those
 * of img2dataset. An address on the web ({@code url}) is never taken for a path.
 */
enum CaptionColumns {
    PATH(
            "image paths",
            "--image-column",
            Reading::imageColumn,
            "path",
            "file_name",
            "filename",
            "image_path",
            "img_path",
            "filepath",
            "file_path",
            "image",
            "image_name",
            "image_file",
            "img",
            "file"),
    CAPTION(
            "captions",
            "--caption-column",
            Reading::captionColumn,
            "caption",
            "text",
            "prompt",
            "captions",
            "description",
            "comment",
            "sentence",
            "sentences",
            "alt_text",
            "raw"),
    ID("ids", "--id-column", Reading::idColumn, "id", "image_id"),
    EDIT_PROMPT(
            "edit prompts",
            "--edit-column",
            Reading::editColumn,
            "edit_prompt",
            "edited_prompt",
            "editing_prompt",
            "target_prompt"),
    /** {@code source target}, words of the caption and the edit prompt; the second name is PIE-Bench's. */
    BLEND_WORDS("blend words", null, reading -> null, "blend_words", "blended_word"),
    /** Parquet only. */
    IMAGE(
            "images",
            "--image-column",
            Reading::imageColumn,
            "image",
            "jpg",
            "jpeg",
            "png",
            "webp",
            "img",
            "picture",
            "image_bytes",
            "bytes",
            "content");

    private final String what;
    private final String option;
    private final Function<Reading, String> named;
    private final List<String> names;

    CaptionColumns(String what, String option, Function<Reading, String> named, String... names) {
        this.what = what;
        this.option = option;
        this.named = named;
        this.names = List.of(names);
    }

    /** The names that are looked for: the one that the user gave, or else the common ones. */
    List<String> names(Reading reading) {
        String given = named.apply(reading);
        return given == null ? names : List.of(given.strip().toLowerCase(Locale.ROOT));
    }

    /** Whether the user has named the column. */
    boolean isNamed(Reading reading) {
        return named.apply(reading) != null;
    }

    /** The index of the column among {@code columns}; where two names are there, the preferred one counts. */
    Optional<Integer> find(List<String> columns, Reading reading) {
        List<String> plain = columns.stream()
                .map(column -> column == null ? "" : column.strip().toLowerCase(Locale.ROOT))
                .toList();
        return names(reading).stream()
                .map(plain::indexOf)
                .filter(index -> index >= 0)
                .findFirst();
    }

    /**
     * @param file whose columns they are, for the message
     * @throws JobException if the column is not there; the message lists those that are
     */
    int require(List<String> columns, Object file, Reading reading) {
        return find(columns, reading).orElseThrow(() -> new JobException(missing(columns, file, reading)));
    }

    /** That the column is not there, which are, and which option names one. */
    String missing(List<String> columns, Object file, Reading reading) {
        String there = "its columns are: " + JobException.oneLine(String.join(", ", columns));
        String given = named.apply(reading);
        if (given != null) {
            return "no column '" + JobException.oneLine(given) + "' (" + option + ") in " + file + "; " + there;
        }
        List<String> common = names.subList(0, Math.min(3, names.size()));
        return "no column for the " + what + " in " + file + " (" + String.join(", ", common)
                + (names.size() > common.size() ? " ..." : "") + "); " + there
                + (option == null ? "" : "; name one with " + option)
                + (this == EDIT_PROMPT ? ", or give edit templates such as 's/cat/dog/'" : "")
                + (this == CAPTION ? ", or give --caption or --caption-from" : "");
    }
}
