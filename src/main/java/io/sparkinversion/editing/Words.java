package io.sparkinversion.editing;

import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The words of prompts: what stands between white space. */
final class Words {
    private static final Pattern WORD = Pattern.compile("\\S+", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern AROUND =
            Pattern.compile("^[^\\p{Alnum}]+|[^\\p{Alnum}]+$", Pattern.UNICODE_CHARACTER_CLASS);

    private Words() {}

    static Matcher in(String prompt) {
        return WORD.matcher(prompt);
    }

    static List<String> of(String prompt) {
        return in(prompt).results().map(MatchResult::group).toList();
    }

    /** In lower case, as the models read it, and without punctuation around it, unless it is nothing else. */
    static String bare(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        String bare = AROUND.matcher(lower).replaceAll("");
        return bare.isEmpty() ? lower : bare;
    }

    /** Of a prompt's words those that are exactly the one asked for or, if there are none, those that are it bare. */
    static List<String> matching(List<String> words, String asked) {
        if (words.contains(asked)) {
            return List.of(asked);
        }
        return words.stream()
                .filter(word -> bare(word).equals(bare(asked)))
                .distinct()
                .toList();
    }
}
