package io.sparkinversion.dataset;

import io.sparkinversion.dataset.EditTemplate.EditException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Gathers the edits of one row. */
final class RowEdits {
    private final String caption;
    private final Set<Edit> edits = new LinkedHashSet<>();

    /** @param caption may be null */
    RowEdits(String caption) {
        this.caption = caption == null ? "" : caption;
    }

    private record Edit(String prompt, String source, String target) {}

    /**
     * Adds an edit, if it is one.
     *
     * @param prompt null and blank for none
     * @param blendWords a word of the caption and one of the prompt with blanks between them; null and blank for none
     * @throws EditException if the blend words are no two words
     */
    void add(String prompt, String blendWords) throws EditException {
        if (prompt == null || prompt.isBlank() || prompt.strip().equals(caption.strip())) {
            return;
        }
        if (blendWords == null || blendWords.isBlank()) {
            edits.add(new Edit(prompt, null, null));
            return;
        }
        String[] words = words(blendWords);
        if (words.length != 2) {
            throw new EditException("blend_words '" + JobException.oneLine(blendWords) + "' "
                    + (words.length == 1 ? "is 1 word" : "are " + words.length + " words")
                    + "; expected a word of the caption and one of the edit prompt, such as 'cat dog'");
        }
        edits.add(new Edit(prompt, words[0], words[1]));
    }

    /** What stands between blanks. */
    static String[] words(String text) {
        return text.strip().split("(?U)\\s+");
    }

    /** The elements of {@link ManifestSchema#EDITS_TYPE}. */
    Row[] rows() {
        return edits.stream()
                .map(edit -> RowFactory.create(edit.prompt(), array(edit.source()), array(edit.target())))
                .toArray(Row[]::new);
    }

    private static String[] array(String word) {
        return word == null ? new String[0] : List.of(word).toArray(String[]::new);
    }
}
