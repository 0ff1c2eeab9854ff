package io.sparkinversion.dataset;

import java.io.Serializable;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes edit prompts from captions. */
sealed interface EditTemplate extends Serializable permits EditTemplate.Text, Substitution {

    /**
     * Reads a template: {@code s/REGEX/REPLACEMENT/FLAGS}, see {@link Substitution}; or a text, in which every
     * {@code {caption}} stands for the caption.
     *
     * <p>A text that begins with s and punctuation is taken for the former, and an error where it is none.
     *
     * @throws JobException if it is neither; the message says what is wrong with it and shows one that is right
     */
    static EditTemplate of(String template) {
        if (template.isBlank()) {
            throw wrong(template, "is blank", "'{caption} in watercolour'");
        }
        if (Substitution.looksLikeOne(template)) {
            return Substitution.parse(template);
        }
        Matcher placeholder = Text.PLACEHOLDER.matcher(template);
        while (placeholder.find()) {
            if (!placeholder.group().equals(Text.CAPTION)) {
                throw wrong(
                        template,
                        "has the placeholder " + placeholder.group() + "; the only one is " + Text.CAPTION,
                        "'{caption} in watercolour'");
            }
        }
        return new Text(template);
    }

    /**
     * The edit prompt of an image; empty where the template says nothing of such a caption.
     *
     * @param caption not blank
     * @throws EditException if it cannot be made
     */
    Optional<String> apply(String caption) throws EditException;

    static JobException wrong(String template, String problem, String example) {
        return new JobException(
                "edit template '" + JobException.oneLine(template) + "' " + problem + "; write one such as " + example);
    }

    /** A text that has an edit for every caption. */
    record Text(String text) implements EditTemplate {
        static final String CAPTION = "{caption}";
        private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\w*}");

        @Override
        public Optional<String> apply(String caption) {
            return Optional.of(text.replace(CAPTION, caption));
        }
    }

    /** A row's edit cannot be made; the message, which goes on the row, says why. */
    final class EditException extends Exception {
        EditException(String message) {
            super(message);
        }
    }
}
