package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Commands as a user runs them: each a Java process of its own, with this process's class path. */
final class CommandProcess {
    private CommandProcess() {}

    /**
     * @param log takes all that is printed
     * @param words of the command line
     */
    static Process start(Redirect log, List<String> words) throws IOException {
        return start(log, List.of(), words);
    }

    /** @param options of Java's, for a process that is unlike the others */
    static Process start(Redirect log, List<String> options, List<String> words) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + Path.of("conf/java-options").toAbsolutePath(),
                "-Xmx1g",
                // It lives for seconds: what a compiler would win later is lost at once.
                "-XX:TieredStopAtLevel=1",
                "-Djava.awt.headless=true",
                "-D" + Home.PROPERTY + "=" + Path.of("").toAbsolutePath()));
        command.addAll(options);
        command.addAll(List.of(
                "-cp",
                // As in jobs/run.sh: the settings of the log are there.
                Path.of("conf").toAbsolutePath() + File.pathSeparator + System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(words);
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log);
        // Tables are as wide as they are, whatever terminal the tests run in.
        builder.environment().remove("COLUMNS");
        return builder.start();
    }

    /**
     * Runs a command to its end, which must be a good one.
     *
     * @param folder for its output
     * @return what it printed
     */
    static String run(Path folder, String... words) throws IOException, InterruptedException {
        File log = Files.createTempFile(folder, "log", "").toFile();
        Process process = start(Redirect.to(log), List.of(words));
        try {
            assertThat(process.waitFor(8, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        String printed = Files.readString(log.toPath());
        assertThat(process.exitValue()).as(printed).isZero();
        return printed;
    }
}
