package io.sparkinversion.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.Column.Overflow;
import picocli.CommandLine.Help.TextTable;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What {@code --help} prints: the common options, on one screen. The hidden ones, which few users need, are in
 * {@code --help-all}.
 */
final class Usage {
    private static final int WIDTH = 110;
    private static final int NAMES = 30;

    private Usage() {}

    /** Gives a command and its subcommands this help, and one line for what they do not understand. */
    static void install(CommandLine command) {
        command.setUsageHelpWidth(WIDTH);
        command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_SYNOPSIS, Usage::synopsis);
        command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, Usage::options);
        command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_FOOTER, Usage::footer);
        command.setParameterExceptionHandler((problem, arguments) -> explain(problem));
        command.getSubcommands().values().forEach(Usage::install);
    }

    private static String synopsis(Help help) {
        CommandSpec spec = help.commandSpec();
        StringBuilder line = new StringBuilder(name(spec));
        if (!spec.subcommands().isEmpty()) {
            line.append(" COMMAND");
        }
        spec.options().stream().filter(OptionSpec::required).forEach(option -> line.append(' ')
                .append(withLabel(option)));
        spec.positionalParameters().stream()
                .map(PositionalParamSpec::paramLabel)
                .forEach(label -> line.append(" [").append(label).append(']'));
        return line.append(" [OPTIONS]").append(System.lineSeparator()).toString();
    }

    /** As the user calls it. */
    private static String name(CommandSpec spec) {
        return spec.parent() == null ? "jobs/run.sh" : "jobs/" + spec.name();
    }

    private static String options(Help help) {
        CommandSpec spec = help.commandSpec();
        boolean all = wantsAll(spec);
        List<ArgGroupSpec> groups = new ArrayList<>(spec.argGroups());
        groups.sort(Comparator.comparingInt(ArgGroupSpec::order));
        List<OptionSpec> others = new ArrayList<>(spec.options());
        groups.forEach(group -> others.removeAll(group.allOptionsNested()));

        StringBuilder text = new StringBuilder(list(help, others, all));
        for (ArgGroupSpec group : groups) {
            String lines = list(help, group.allOptionsNested(), all);
            if (!lines.isEmpty()) {
                text.append(String.format(group.heading())).append(lines);
            }
        }
        return text.toString();
    }

    private static String list(Help help, List<OptionSpec> options, boolean all) {
        TextTable table = TextTable.forColumns(
                help.colorScheme(), new Column(NAMES, 2, Overflow.SPAN), new Column(WIDTH - NAMES, 2, Overflow.WRAP));
        for (OptionSpec option : options) {
            if (all || !option.hidden()) {
                table.addRowValues(withLabel(option), description(option));
            }
        }
        return table.toString();
    }

    private static String withLabel(OptionSpec option) {
        String names = String.join(", ", option.names());
        return option.arity().max() == 0 ? names : names + " " + option.paramLabel();
    }

    private static String description(OptionSpec option) {
        String text = String.join(" ", option.description());
        String byDefault = option.defaultValueString();
        boolean shown = option.arity().max() > 0
                && option.defaultValue() != null
                && !text.contains("Default:")
                && !byDefault.isEmpty();
        return shown ? text + " Default: " + byDefault + "." : text;
    }

    private static String footer(Help help) {
        CommandSpec spec = help.commandSpec();
        boolean hides = spec.options().stream().anyMatch(OptionSpec::hidden);
        return hides && !wantsAll(spec) ? String.format("%nMore options: %s %s%n", name(spec), HelpOptions.ALL) : "";
    }

    private static boolean wantsAll(CommandSpec spec) {
        ParseResult parsed = spec.root().commandLine().getParseResult();
        return parsed != null && parsed.originalArgs().contains(HelpOptions.ALL);
    }

    static int explain(ParameterException problem) {
        CommandLine command = problem.getCommandLine();
        command.getErr().println("error: " + problem.getMessage());
        if (!UnmatchedArgumentException.printSuggestions(problem, command.getErr())) {
            command.getErr().println("Options: " + name(command.getCommandSpec()) + " --help");
        }
        return Main.WRONG_SETTINGS;
    }
}
