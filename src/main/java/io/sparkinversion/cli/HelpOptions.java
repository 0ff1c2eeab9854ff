package io.sparkinversion.cli;

import picocli.CommandLine.Option;

/** How to ask for help; {@link Usage} says what is printed. Picocli acts on these by itself. */
@SuppressWarnings("UnusedVariable")
final class HelpOptions {
    /** One option, because picocli expects no more than one of this kind. */
    static final String ALL = "--help-all";

    @Option(
            names = {"-h", "--help", ALL},
            usageHelp = true,
            description = "Print the common options, or all, and exit.")
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            hidden = true,
            description = "Print the version and exit.")
    private boolean version;
}
