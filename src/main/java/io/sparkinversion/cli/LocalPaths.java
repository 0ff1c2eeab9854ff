package io.sparkinversion.cli;

import io.sparkinversion.UserException;
import io.sparkinversion.weights.Address;
import java.nio.file.Path;
import java.util.Set;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Paths in a command that another machine is to run. */
final class LocalPaths {
    /** What else such options take. */
    private static final Set<String> NO_PATHS = Set.of("none", "sd15", "sd21", "sdxl");

    private LocalPaths() {}

    /**
     * @param command as the user gave it
     * @throws UserException if it names a path of this machine; one that begins with {@code file:} is taken for one that
     *     all machines have
     */
    static void refuse(ParseResult command) {
        for (ParseResult each = command; each != null; each = each.hasSubcommand() ? each.subcommand() : null) {
            each.matchedArgs().forEach(LocalPaths::refuse);
        }
    }

    private static void refuse(ArgSpec option) {
        // Options of files say so in their labels: FOLDER, FILE[:SCALE], FOLDER|FILE.
        if (option.paramLabel().matches(".*\\b(FOLDER|FILE|RUN|FIXTURES)\\b.*")) {
            option.stringValues().stream()
                    .filter(LocalPaths::isPath)
                    .findFirst()
                    .ifPresent(path -> {
                        throw new UserException(
                                name(option) + " " + path + " is a path of this machine, but in cluster mode"
                                        + " another one runs the driver; copy it to hdfs:// or s3a:// and give that address, or, if"
                                        + " all nodes have it at the same place, give "
                                        + Path.of(path)
                                                .toAbsolutePath()
                                                .normalize()
                                                .toUri()
                                                .toString()
                                                .replaceFirst("/$", "")
                                        + "; or submit with --deploy-mode client");
                    });
        }
    }

    private static boolean isPath(String value) {
        return !Address.hasScheme(value) && !NO_PATHS.contains(value);
    }

    private static String name(ArgSpec option) {
        return option instanceof OptionSpec named ? named.longestName() : option.paramLabel();
    }
}
