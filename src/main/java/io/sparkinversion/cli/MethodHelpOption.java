package io.sparkinversion.cli;

import io.sparkinversion.api.MethodHelp;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** What there is to know of all methods, in place of a run. */
final class MethodHelpOption {
    @Option(
            names = "--help-methods",
            help = true,
            description = "Print all methods with their papers, settings, defaults and cost, and exit.")
    private boolean asked;

    /** Whether it was asked for, and is printed. */
    boolean printed(CommandLine command) {
        if (asked) {
            command.getOut().print(MethodHelp.text());
            command.getOut().flush();
        }
        return asked;
    }
}
