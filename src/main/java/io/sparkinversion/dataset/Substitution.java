package io.sparkinversion.dataset;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * An edit as the stream editor sed writes it (POSIX.1, utility sed, command s): {@code s/REGEX/REPLACEMENT/FLAGS}. The
 * expression is Java's. The delimiter is any character that is no letter, digit, blank or backslash; after a backslash
 * it stands for itself. In the replacement, {@code \1} to {@code \9} stand for groups and {@code &} for the whole
 * match. Flags: {@code g} replaces every match and not the first only, {@code i} takes upper and lower case for the
 * same.
 *
 * <p>A caption without a match has no edit. An expression that backtracks without end on a caption, which Java's would
 * do for years, is given up after {@link #MOST_STEPS} characters read: that row then has an error of its own.
 *
 * @param template as it was written
 * @param pattern what is replaced
 * @param replacement what by
 * @param all whether every match is
 */
record Substitution(String template, Pattern pattern, List<Piece> replacement, boolean all) implements EditTemplate {
    /** Enough for {@code .*a.*b} on some thousand characters, and a tenth of a second. */
    static final int MOST_STEPS = 10_000_000;

    private static final String EXAMPLE = "'s/cat/dog/' or 's|red (car)|blue \\1|gi'";

    /**
     * Part of a replacement.
     *
     * @param text to be inserted, or null
     * @param group to be inserted where there is no text; 0 is the whole match
     */
    record Piece(String text, int group) implements java.io.Serializable {}

    /** Whether the text begins with s and a delimiter. */
    static boolean looksLikeOne(String template) {
        return template.length() > 1 && template.charAt(0) == 's' && isDelimiter(template.charAt(1));
    }

    private static boolean isDelimiter(char c) {
        return !Character.isLetterOrDigit(c)
                && !Character.isWhitespace(c)
                && !Character.isSpaceChar(c)
                && !Character.isSurrogate(c)
                && c != '\\';
    }

    /** @throws JobException if it is malformed */
    static Substitution parse(String template) {
        char delimiter = template.charAt(1);
        List<String> parts = split(template.substring(2), delimiter);
        if (parts.size() != 3) {
            throw EditTemplate.wrong(
                    template,
                    "begins like s/REGEX/REPLACEMENT/FLAGS and has " + (parts.size() - 1) + " '" + delimiter
                            + "' after the first instead of 2",
                    EXAMPLE + ", or begin a text with another character than s");
        }
        String flags = parts.get(2);
        if (!flags.matches("[gi]*")) {
            throw EditTemplate.wrong(template, "has the flags '" + flags + "'; g and i are known", EXAMPLE);
        }
        if (parts.get(0).isEmpty()) {
            throw EditTemplate.wrong(template, "has nothing to replace between its first two delimiters", EXAMPLE);
        }
        Pattern pattern;
        try {
            int options = flags.contains("i") ? Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE : 0;
            pattern = Pattern.compile(parts.get(0), options);
        } catch (PatternSyntaxException e) {
            throw EditTemplate.wrong(
                    template, "has no regular expression: " + JobException.oneLine(e.getDescription()), EXAMPLE);
        }
        List<Piece> pieces = pieces(template, parts.get(1), pattern.matcher("").groupCount());
        return new Substitution(template, pattern, pieces, flags.contains("g"));
    }

    /** What stands between delimiters; backslashes and what they escape stay as they are. */
    private static List<String> split(String text, char delimiter) {
        List<String> parts = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                i++;
            } else if (text.charAt(i) == delimiter) {
                parts.add(text.substring(start, i));
                start = i + 1;
            }
        }
        parts.add(text.substring(start));
        return parts;
    }

    private static List<Piece> pieces(String template, String replacement, int groups) {
        List<Piece> pieces = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < replacement.length(); i++) {
            char c = replacement.charAt(i);
            int group = -1;
            if (c == '&') {
                group = 0;
            } else if (c == '\\') {
                // Not the last character: it would have escaped the delimiter.
                c = replacement.charAt(++i);
                if (c >= '0' && c <= '9') {
                    group = c - '0';
                } else if (Character.isLetter(c)) {
                    throw EditTemplate.wrong(
                            template, "has \\" + c + " in its replacement, which means nothing", EXAMPLE);
                }
            }
            if (group > groups) {
                throw EditTemplate.wrong(
                        template,
                        "has \\" + group + " in its replacement and "
                                + (groups == 0 ? "no group (...)" : "no more groups (...) than " + groups),
                        EXAMPLE);
            }
            if (group < 0) {
                text.append(c);
            } else {
                pieces.add(new Piece(text.toString(), 0));
                pieces.add(new Piece(null, group));
                text.setLength(0);
            }
        }
        pieces.add(new Piece(text.toString(), 0));
        return List.copyOf(pieces);
    }

    @Override
    public Optional<String> apply(String caption) throws EditException {
        StringBuilder result = new StringBuilder();
        int copied = 0;
        boolean found = false;
        try {
            Matcher matcher = pattern.matcher(new LimitedText(caption, MOST_STEPS));
            while ((all || !found) && matcher.find()) {
                // As in sed, nothing is replaced twice: an empty match right behind a match is none.
                boolean again = found && matcher.end() == matcher.start() && matcher.start() == copied;
                if (!again) {
                    result.append(caption, copied, matcher.start());
                    insert(result, caption, matcher);
                    copied = matcher.end();
                    found = true;
                }
            }
        } catch (LimitedText.ExhaustedException | StackOverflowError e) {
            throw new EditException("edit template '" + JobException.oneLine(template)
                    + "' backtracks too often on this caption of " + caption.length()
                    + " characters; write a simpler expression");
        }
        return found
                ? Optional.of(result.append(caption, copied, caption.length()).toString())
                : Optional.empty();
    }

    private void insert(StringBuilder result, String caption, Matcher matcher) {
        for (Piece piece : replacement) {
            if (piece.text() != null) {
                result.append(piece.text());
            } else if (matcher.start(piece.group()) >= 0) {
                result.append(caption, matcher.start(piece.group()), matcher.end(piece.group()));
            }
        }
    }
}
