package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.job.RunInterrupted;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Commands as processes of their own: nothing is on their standard output and error but lines of this project. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class CommandOutputIT {
    /** What Java takes for a machine with one core, where it picks another garbage collector too. */
    private static final String ONE_CORE = "-XX:ActiveProcessorCount=1";

    private static final String[] EDIT = {
        "edit",
        "--dataset",
        SampleRun.SAMPLES.toString(),
        "--limit",
        "2",
        "--steps",
        "1",
        "--edit",
        "{caption} in a box",
        "--output"
    };

    @TempDir
    private Path folder;

    private final List<String> options = new ArrayList<>();

    private Path log() {
        return folder.resolve("log");
    }

    private Process start(String... words) throws IOException {
        return CommandProcess.start(Redirect.to(log().toFile()), options, List.of(words));
    }

    private List<String> run(int exitCode, String... words) throws Exception {
        return end(exitCode, start(words));
    }

    private List<String> end(int exitCode, Process process) throws Exception {
        try {
            assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        List<String> lines = Files.readAllLines(log());
        assertThat(process.exitValue()).as(String.join("\n", lines)).isEqualTo(exitCode);
        return lines;
    }

    private static String[] with(String[] words, Path last) {
        String[] all = Arrays.copyOf(words, words.length + 1);
        all[words.length] = last.toString();
        return all;
    }

    @Test
    void nightlyTakesItsVerdictFromLinesOfOurs() throws Exception {
        Path output = folder.resolve("nightly");
        List<String> lines = run(
                0,
                "nightly",
                "--dataset",
                SampleRun.SAMPLES.toString(),
                "--limit",
                "2",
                "--steps",
                "1",
                "--methods",
                "negative-prompt,null-text:inner-steps=1",
                "--output",
                output.toString());

        try (Stream<Path> runs = Files.list(output.resolve("runs"))) {
            String heading = Files.readAllLines(runs.findFirst().orElseThrow().resolve("verdict.md"))
                    .get(0);
            int verdict = lines.indexOf(heading.substring("# ".length()));
            assertThat(verdict).isPositive();
            assertThat(OurLines.strangers(lines.subList(0, verdict))).isEmpty();
        }
    }

    @Test
    void anEditThatIsInterruptedAndRunAgainSaysSoAndNoMore() throws Exception {
        Path output = folder.resolve("edits");
        Process process = start(with(EDIT, output));
        while (process.isAlive() && !Files.readString(log()).contains(" to compute in ")) {
            process.waitFor(20, TimeUnit.MILLISECONDS);
        }
        process.destroy();
        List<String> interrupted = end(128 + 15, process);
        assertThat(OurLines.strangers(interrupted)).isEmpty();
        assertThat(interrupted).containsOnlyOnce(RunInterrupted.MESSAGE);

        options.add(ONE_CORE);
        assertThat(OurLines.strangers(run(0, with(EDIT, output)))).isEmpty();
        assertThat(OurLines.strangers(run(
                        0,
                        "contact-sheet",
                        output.toString(),
                        "--file",
                        folder.resolve("sheet.png").toString())))
                .isEmpty();
        assertThat(run(
                        2,
                        "contact-sheet",
                        folder.resolve("nowhere").toString(),
                        "--file",
                        folder.resolve("none.png").toString()))
                .last()
                .asString()
                .startsWith("error: there is no run in ");
    }

    @Test
    void aFullDiskIsOneLineAndAnExitCodeOfItsOwn() throws Exception {
        Path output = folder.resolve("full");
        String[] invert = {
            "invert",
            "--dataset",
            SampleRun.SAMPLES.toString(),
            "--limit",
            "2",
            "--steps",
            "1",
            "--conf",
            "spark.hadoop.fs.full.impl=" + FullFileSystem.class.getName(),
            "--output",
            "full://" + output
        };
        List<String> lines = run(5, invert);

        assertThat(OurLines.strangers(lines)).isEmpty();
        assertThat(lines.get(lines.size() - 1))
                .startsWith("error: wave 1")
                .contains("a disk is full (No space left on device)")
                .endsWith("the same command goes on from there");
        assertThat(output.resolve("_lock.json")).doesNotExist();
    }

    @Test
    void whatThisMachineLacksIsFoundBeforeSparkStarts() throws Exception {
        String[] invert = {"invert", "--dataset", SampleRun.SAMPLES.toString(), "--limit", "2", "--steps", "1"};
        List<String> words = new ArrayList<>(List.of(invert));
        words.addAll(
                List.of("--device", "gpu:7", "--output", folder.resolve("out").toString()));
        List<String> lines = run(2, words.toArray(String[]::new));
        assertThat(lines).noneMatch(line -> line.startsWith("starting Spark"));
        assertThat(lines.get(lines.size() - 1)).startsWith("error: GPU 7 was requested, but libtorch sees ");
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void commandsWithoutSparkPrintTheirResultOrOneErrorAndNoMore() throws Exception {
        CommandLine commands = Main.commandLine();
        assertThat(String.join("\n", run(0, "--help")) + "\n").isEqualTo(commands.getUsageMessage());
        assertThat(run(2, "report", "--no-such-option", "run"))
                .containsExactly("error: Unknown option: '--no-such-option'", "Options: jobs/report --help");
        assertThat(run(2, "fetch-weights", "--from", folder.resolve("nowhere").toString()))
                .singleElement()
                .asString()
                .startsWith("error: ");
        List<String> programs =
                run(0, "programs", "--output", folder.resolve("programs").toString());
        assertThat(programs).hasSize(3);
        assertThat(OurLines.strangers(programs)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[W1130 13:10:19.966535860 NNPACK.cpp:57] Could not initialize NNPACK! Reason: Unsupported hardware.",
                "13:12:46 WARN Executor: Issue communicating with driver in heartbeater",
                "org.apache.spark.SparkException: Exception thrown in awaitResult: ",
                "\tat org.apache.spark.rpc.RpcTimeout.awaitResult(RpcTimeout.scala:75)",
                "Caused by: java.lang.NullPointerException",
                "Exception in thread \"main\" java.lang.ExceptionInInitializerError",
                "error: java.lang.IllegalStateException: stopped",
                "WARNING: package sun.security.action not in java.base",
                "SLF4J(W): No SLF4J providers were found.",
                "Picked up JAVA_TOOL_OPTIONS: -Xmx1g",
                "\u001b[31merror: wrong\u001b[0m",
                "negative-prompt  4       0  18.83  NaN and more",
                " "
            })
    void aStrangeLineIsFound(String line) {
        assertThat(OurLines.strangers(List.of("4 images to compute in 1 wave", line)))
                .containsExactly(line);
    }
}
