package io.sparkinversion.dataset.format;

/** Lets tests of other packages parse a line. */
public final class FormatAccess {
    private FormatAccess() {}

    /** What is wrong with a line of JSON; null where it is nothing. */
    public static String jsonProblem(String line) {
        return new JsonEntries(Reading.DEFAULT, true).parse(line).malformed;
    }
}
