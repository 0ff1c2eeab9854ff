package io.sparkinversion.cli;

import io.sparkinversion.UserException;
import io.sparkinversion.job.RunInterrupted;
import io.sparkinversion.output.StorageException;
import io.sparkinversion.weights.Message;
import io.sparkinversion.weights.S3Credentials;
import java.util.List;
import java.util.function.IntSupplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;

/** The entry point of all jobs: {@code spark-inversion COMMAND}. */
@Command(
        name = "spark-inversion",
        description = "Bulk real-image inversion and editing with Stable Diffusion on Apache Spark.",
        versionProvider = Main.Version.class)
public final class Main {
    private static final List<Class<?>> COMMANDS = List.of(
            InvertCommand.class,
            EditCommand.class,
            EvaluateCommand.class,
            ExportCommand.class,
            ReportCommand.class,
            NightlyCommand.class,
            VerifyCommand.class,
            ContactSheetCommand.class,
            FetchWeightsCommand.class,
            ProgramsCommand.class);

    /** Wrong settings or unusable input: nothing was computed. */
    static final int WRONG_SETTINGS = 2;
    /** The run went to its end, and there is no result in it. */
    static final int EVERY_IMAGE_FAILED = 4;
    /** A disk is full, or a folder cannot be written. */
    static final int STORAGE = 5;
    /** As shells have it; the JVM itself exits with 128 and the signal's number. */
    private static final int INTERRUPTED = 130;

    private Main() {}

    public static void main(String[] arguments) {
        IntSupplier command =
                () -> Interruption.watch(() -> commandLine(arguments).execute(arguments));
        if (YarnDriver.isHere()) {
            YarnDriver.run(command);
            return;
        }
        int exitCode = command.getAsInt();
        // Spark and libtorch leave threads behind that would keep the process alive.
        System.exit(exitCode);
    }

    /** @param words the command, of which no other is read then: that takes a moment each */
    static CommandLine commandLine(String... words) {
        CommandLine commandLine = new CommandLine(new Main());
        COMMANDS.stream()
                .filter(command -> words.length > 0 && name(command).equals(words[0]))
                .findFirst()
                .map(List::<Class<?>>of)
                .orElse(COMMANDS)
                .forEach(commandLine::addSubcommand);
        addHelp(commandLine);
        Usage.install(commandLine);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setExecutionExceptionHandler((exception, command, parsed) -> {
            if (Interruption.happened()) {
                if (exception instanceof RunInterrupted interrupted) {
                    Interruption.explain(interrupted);
                }
                return INTERRUPTED;
            }
            String credentials = S3Credentials.explain(exception);
            if (credentials != null) {
                return explain(command, credentials, WRONG_SETTINGS);
            }
            String storage = StorageException.reason(exception);
            if (storage != null || exception instanceof UserException) {
                String line = exception instanceof UserException ? exception.getMessage() : storage;
                boolean full = storage != null || exception instanceof StorageException;
                return explain(command, Message.of(line), full ? STORAGE : WRONG_SETTINGS);
            }
            YarnDriver.explain(exception.toString());
            exception.printStackTrace(command.getErr());
            return CommandLine.ExitCode.SOFTWARE;
        });
        return commandLine;
    }

    private static String name(Class<?> command) {
        return command.getAnnotation(Command.class).name();
    }

    private static int explain(CommandLine command, String error, int exitCode) {
        command.getErr().println("error: " + error);
        YarnDriver.explain(error);
        return exitCode;
    }

    private static void addHelp(CommandLine command) {
        command.getCommandSpec().addMixin("help", CommandSpec.forAnnotatedObject(new HelpOptions()));
        command.getSubcommands().values().forEach(Main::addHelp);
    }

    /** The version that the jar's manifest carries. */
    static final class Version implements IVersionProvider {
        static final String NUMBER = Main.class.getPackage().getImplementationVersion() == null
                ? "development"
                : Main.class.getPackage().getImplementationVersion();

        @Override
        public String[] getVersion() {
            return new String[] {"spark-inversion " + NUMBER};
        }
    }
}
