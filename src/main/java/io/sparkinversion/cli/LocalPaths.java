package io.sparkinversion.cli;

import io.sparkinversion.UserException;
import io.sparkinversion.weights.Address;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Predicate;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Paths in a command that other machines are to run. */
final class LocalPaths {
    private static final Set<String> ON_CLUSTER = Set.of("--dataset", "--captions", "--output", "--baseline");

    /** What else such options take. */
    private static final Set<String> NO_PATHS = Set.of("none", "sd15", "sd21", "sdxl");

    private LocalPaths() {}

    /**
     * Datasets and outputs without a scheme are on the cluster's file system, as Hadoop has it; models and the like are
     * on the driver's machine.
     *
     * @param command as the user gave it
     * @param cluster whether another machine runs the driver
     * @param isOnCluster whether a path is on the cluster's file system
     * @throws UserException if it names a path of this machine that nobody will find; one that begins with {@code file:}
     *     is taken for one that all machines have
     */
    static void refuse(ParseResult command, boolean cluster, Predicate<String> isOnCluster) {
        for (ParseResult each = command; each != null; each = each.hasSubcommand() ? each.subcommand() : null) {
            for (ArgSpec option : each.matchedArgs()) {
                // Options of files say so in their labels: FOLDER, FILE[:SCALE], FOLDER|FILE.
                boolean remote =
                        ON_CLUSTER.contains(name(option)) || option.paramLabel().equals("RUN");
                if (remote || cluster && option.paramLabel().matches(".*\\b(FOLDER|FILE|FIXTURES)\\b.*")) {
                    option.stringValues().stream()
                            .filter(LocalPaths::isPath)
                            .filter(path -> !remote || Files.exists(Path.of(path)) && !isOnCluster.test(path))
                            .findFirst()
                            .ifPresent(path -> refuse(option, path));
                }
            }
        }
    }

    private static void refuse(ArgSpec option, String path) {
        throw new UserException(name(option) + " " + path + " is a path of this machine, which the cluster does not"
                + " see; copy it to hdfs:// or s3a:// and give that address, or, if all nodes have it at the same"
                + " place, give "
                + Path.of(path).toAbsolutePath().normalize().toUri().toString().replaceFirst("/$", ""));
    }

    private static boolean isPath(String value) {
        return !Address.hasScheme(value) && !NO_PATHS.contains(value);
    }

    private static String name(ArgSpec option) {
        return option instanceof OptionSpec named ? named.longestName() : option.paramLabel();
    }
}
