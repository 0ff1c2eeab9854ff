package io.sparkinversion.weights;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Texts for people, put together from what files and libraries say, which may be anything. */
public final class Message {
    private static final int LONGEST_BEGINNING = 700;
    private static final int LONGEST_END = 300;
    private static final Pattern LINE_END = Pattern.compile("\\s*\\R\\s*");
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\u2028\\u2029]");
    private static final Pattern ADDRESS = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://[^\\s'\"]+");

    private Message() {}

    /**
     * One line of at most {@value #LONGEST_BEGINNING} + {@value #LONGEST_END} characters and dots between them, without
     * control characters, the addresses in it as {@link Address#withoutCredentials} gives them.
     *
     * @param text may be null
     */
    public static String of(String text) {
        if (text == null) {
            return null;
        }
        String shortened = text.length() <= LONGEST_BEGINNING + LONGEST_END
                ? text
                : text.substring(0, LONGEST_BEGINNING) + " ... " + text.substring(text.length() - LONGEST_END);
        String line =
                CONTROL.matcher(LINE_END.matcher(shortened).replaceAll(" ")).replaceAll("?");
        return ADDRESS.matcher(line)
                .replaceAll(found -> Matcher.quoteReplacement(Address.withoutCredentials(found.group())));
    }
}
