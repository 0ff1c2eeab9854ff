package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.UserException;
import io.sparkinversion.evaluation.EvaluationSettings;
import io.sparkinversion.evaluation.PaperProtocol;
import io.sparkinversion.evaluation.Protocol;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.worker.WorkerSettings;
import io.sparkinversion.worker.WorkerSettings.Precision;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** From the words of the command line to settings or a refusal; nothing here starts Spark. */
class EvaluateCommandTest {
    private static String homeBefore;

    @TempDir
    private Path folder;

    @BeforeAll
    static void nameHome() {
        homeBefore =
                System.setProperty(Home.PROPERTY, Path.of("").toAbsolutePath().toString());
    }

    @AfterAll
    static void restoreHome() {
        if (homeBefore == null) {
            System.clearProperty(Home.PROPERTY);
        } else {
            System.setProperty(Home.PROPERTY, homeBefore);
        }
    }

    private List<String> command(String name, String options) {
        List<String> words = new ArrayList<>(List.of(
                name,
                "--dataset",
                SampleRun.SAMPLES.toString(),
                "--output",
                folder.resolve("out").toString()));
        words.addAll(Arrays.stream(options.split(" "))
                .filter(word -> !word.isEmpty())
                .toList());
        return words;
    }

    private EvaluationSettings settings(String options) {
        CommandLine commandLine = Main.commandLine();
        commandLine.parseArgs(command("evaluate", options).toArray(String[]::new));
        CommandLine evaluate = commandLine.getSubcommands().get("evaluate");
        return ((EvaluateCommand) evaluate.getCommand()).settings();
    }

    private static String help(String command) {
        return Main.commandLine().getSubcommands().get(command).getUsageMessage();
    }

    @Test
    void comparesTenMethodsUnlessTold() {
        EvaluationSettings settings = settings("");

        List<String> labels = settings.run().methodLabels();
        assertThat(labels)
                .containsExactly(
                        "vae",
                        "ddim",
                        "ddim-cfg",
                        "negative-prompt",
                        "proximal",
                        "direct",
                        "null-text",
                        "null-text:start=caption",
                        "o-belm-npi",
                        "edict-npi");
        assertThat(settings.steps()).containsExactly(50);
        assertThat(settings.protocol()).isEqualTo(Protocol.THROUGHPUT);
        assertThat(settings.run().dataset().sample()).isZero();
        assertThat(settings.run().worker().warmUp()).isEqualTo(2);
        assertThat(settings.run().worker().batchSize()).isEqualTo(8);
    }

    @Test
    void takesListsOfMethodsAndSteps() {
        EvaluationSettings settings =
                settings("--methods null-text:start=caption,vae --steps 50,10 --sample 7 --seed 3 --batch-size 4");

        assertThat(settings.run().methodLabels()).containsExactly("null-text:start=caption", "vae");
        assertThat(settings.steps()).containsExactly(50, 10);
        assertThat(settings.run().dataset().sample()).isEqualTo(7);
        assertThat(settings.run().dataset().seed()).isEqualTo(3);
        assertThat(settings.run().worker().batchSize()).isEqualTo(4);
    }

    @Test
    void thePapersProtocolSetsWhatThePaperDid() {
        EvaluationSettings settings = settings("--protocol paper --device gpu");

        WorkerSettings worker = settings.run().worker();
        assertThat(settings.steps()).containsExactly(50);
        assertThat(settings.run().dataset().sample()).isEqualTo(100);
        assertThat(worker.batchSize()).isEqualTo(1);
        assertThat(worker.warmUp()).as("a whole image").isEqualTo(50);
        assertThat(worker.guidance()).isEqualTo(7.5);
        assertThat(worker.precision())
                .as("where --device gpu alone means float16")
                .isEqualTo(Precision.FLOAT32);
        assertThat(worker.resolution()).as("the embedded model's own").isEqualTo(64);
        assertThat(PaperProtocol.text(worker))
                .isEqualTo("protocol paper: 50 steps, guidance 7.5, float32, one image at a time, 64x64"
                        + " (the model's own size; the paper's is 512x512)");
    }

    @ParameterizedTest
    @CsvSource({"sd15, 512", "sd21, 512"})
    void thePapersResolutionIsTakenWhereTheModelWasTrainedAtItOrMore(String architecture, int resolution) {
        WorkerSettings worker = settings("--protocol paper --fake-weights " + architecture)
                .run()
                .worker();

        assertThat(worker.resolution()).isEqualTo(resolution);
        assertThat(PaperProtocol.text(worker)).endsWith("512x512");
    }

    @Test
    void optionsThatAgreeWithThePaperMayBeSaidAndASampleMayBeChosen() {
        EvaluationSettings settings = settings("--protocol paper --steps 50 --guidance 7.5 --batch-size 1"
                + " --dtype float32 --resolution 64 --sample 5");

        assertThat(settings.run().dataset().sample()).isEqualTo(5);
    }

    @Test
    void theArgumentFileOfThePaperAgreesWithItsProtocol() throws IOException {
        Path file = Path.of("conf/paper.args");
        assertThat(Files.readString(file)).contains("--steps 50");
        JobSettings run = settings("--protocol paper --fake-weights sd15 @" + file.toAbsolutePath())
                .run();

        assertThat(run.worker().resolution()).isEqualTo(512);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --steps      | 50      | 10,50
            --guidance   | 7.5     | 3.0
            --resolution | 64      | 32
            --batch-size | 1       | 8
            --dtype      | float32 | float16
            """)
    void refusesOptionsThatContradictThePaper(String option, String paper, String given) {
        String name = option.substring(2).replace('-', ' ');
        assertThatThrownBy(() -> settings("--protocol paper " + option + " " + given))
                .isInstanceOf(UserException.class)
                .hasMessage("protocol paper requires " + name + " " + paper + ", not " + given
                        + "; omit it, or choose protocol throughput");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --protocol fast         | --protocol: invalid value 'fast'; expected one of paper, throughput
            --steps 50,50           | steps: one is named twice in 50, 50
            --steps 0               | steps is 0; it must be 1 or more
            --steps 2000            | steps: 2000 is not from 1 to 1000
            --methods vae,vae       | methods: one is named twice in vae, vae
            --sample -1             | dataset sample -1 is negative: give a number of rows, or 0 for all
            --methods vae:a=1       | method vae has no setting 'a'; it has none
            """)
    void wrongSettingsAreOneLineAndExitCodeTwo(String options, String message) {
        assertRefused(command("evaluate", options), message);
    }

    @Test
    void aDatasetThatIsNotThereIsRefusedBeforeSparkStarts() {
        String missing = folder.resolve("dta").toString();
        for (String name : List.of("evaluate", "invert")) {
            List<String> words = command(name, "");
            words.set(2, missing);
            assertRefused(words, "dataset root file:" + missing + " does not exist");
        }
    }

    @Test
    void aReportOfNothingIsRefused() {
        assertRefused(
                List.of("report", folder.toString()),
                "file:" + folder + " has neither an evaluation.json nor a run.json that can be read; name the --output"
                        + " of an evaluate or invert command");
    }

    private void assertRefused(List<String> words, String message) {
        StringWriter error = new StringWriter();
        int exitCode = Main.commandLine().setErr(new PrintWriter(error, true)).execute(words.toArray(String[]::new));

        assertThat(error.toString()).isEqualTo("error: " + message + System.lineSeparator());
        assertThat(exitCode).isEqualTo(Main.WRONG_SETTINGS);
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void theHelpListsEveryMethod() {
        for (String command : List.of("invert", "evaluate")) {
            assertThat(help(command).replaceAll("\\s+", " ")).as(command).contains(Method.names());
        }
    }

    @Test
    void invertDrawsSamplesToo() {
        assertThat(Main.commandLine()
                        .getSubcommands()
                        .get("invert")
                        .getCommandSpec()
                        .optionsMap())
                .containsKeys("--sample", "--seed");
    }
}
