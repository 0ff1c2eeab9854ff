package io.sparkinversion.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A command whose process is YARN's application master. That one reports the command's end: after an exit it would not
 * know how the command ended, and take success for failure.
 */
final class YarnDriver {
    private static volatile String error = "";

    private YarnDriver() {}

    /** Whether this process is such a one. */
    static boolean isHere() {
        return System.getProperty("spark.master", "").equals("yarn")
                && System.getProperty("spark.submit.deployMode", "").equals("cluster");
    }

    /** What went wrong, as the command says it. */
    static void explain(String message) {
        error = message;
    }

    /**
     * Ends the command.
     *
     * @throws CommandFailedException if it was not good
     */
    static void end(int exitCode) {
        if (exitCode != 0) {
            throw new CommandFailedException("exit code " + exitCode + ": "
                    + (error.isEmpty() ? "see the log of the application master" : error));
        }
    }

    /** Its message reaches whoever submitted, by way of YARN. */
    static final class CommandFailedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        CommandFailedException(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * What YARN says of an application that failed.
     *
     * @param exitCode the command's, or 1 where it did not come to its end
     */
    record Failure(int exitCode, String message) {
        private static final Pattern OF_COMMAND = Pattern.compile(
                Pattern.quote(CommandFailedException.class.getName()) + ": exit code (\\d{1,3}): ([^\\n]*)");

        static Failure of(String diagnostics) {
            Matcher found = OF_COMMAND.matcher(diagnostics);
            return found.find()
                    ? new Failure(
                            Integer.parseInt(found.group(1)), found.group(2).strip())
                    : new Failure(1, "YARN says: " + diagnostics.strip());
        }
    }
}
