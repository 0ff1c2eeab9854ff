package io.sparkinversion.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import picocli.CommandLine;

/**
 * A command whose process is YARN's application master. That one reports the command's end: after an exit it would not
 * know how the command ended, and take success for failure.
 *
 * <p>YARN tries again whatever has failed, as often as it is set to. That is right where a node was lost, and in vain
 * where the command was wrong: such an end is noted in the application's staging folder, and the next attempt is the
 * same end at once.
 */
final class YarnDriver {
    private static final String STAGING = "SPARK_YARN_STAGING_DIR";
    private static final String NOTE = "_command-failed";
    /** Of an unknown error, or of storage, which may go on later. */
    private static final Set<Integer> WORTH_ANOTHER_TRY = Set.of(CommandLine.ExitCode.SOFTWARE, Main.STORAGE);

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
     * Runs the command.
     *
     * @throws CommandFailedException if its end was not good, or that of the attempt before
     */
    static void run(IntSupplier command) {
        Path note = new Path(System.getenv(STAGING), NOTE);
        try {
            FileSystem files = note.getFileSystem(SparkHadoopUtil.get().newConfiguration(new SparkConf()));
            run(command, files, note);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read or write " + note + ": " + e.getMessage(), e);
        }
    }

    static void run(IntSupplier command, FileSystem files, Path note) throws IOException {
        if (files.exists(note)) {
            try (InputStream in = files.open(note)) {
                throw new CommandFailedException(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        int exitCode = command.getAsInt();
        if (exitCode != 0) {
            String end = "exit code " + exitCode + ": "
                    + (error.isEmpty() ? "see the log of the application master" : error);
            if (!WORTH_ANOTHER_TRY.contains(exitCode)) {
                try (OutputStream out = files.create(note)) {
                    out.write(end.getBytes(StandardCharsets.UTF_8));
                }
            }
            throw new CommandFailedException(end);
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
