package io.sparkinversion.cli;

import io.sparkinversion.api.SparkInversion;
import io.sparkinversion.dataset.DatasetReader;
import io.sparkinversion.evaluation.EvaluationSettings;
import io.sparkinversion.evaluation.PaperProtocol;
import io.sparkinversion.evaluation.Protocol;
import io.sparkinversion.job.Progress;
import io.sparkinversion.nightly.Limits;
import io.sparkinversion.nightly.NightlyJob;
import io.sparkinversion.nightly.NightlySettings;
import io.sparkinversion.nightly.Verdict;
import io.sparkinversion.nightly.Verdict.Outcome;
import io.sparkinversion.output.OutputCheck;
import java.time.Clock;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** Evaluation as a gate. */
@Command(
        name = "nightly",
        description = {
            "Run an evaluation and compare it, image by image, with an earlier one.",
            "Exit codes: 0 pass or first run, 3 fail, 2 wrong settings."
        },
        versionProvider = Main.Version.class,
        sortOptions = false)
final class NightlyCommand extends ComparingCommand {
    /** The run went to its end, and is worse than its baseline. */
    static final int WORSE = 3;

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            required = true,
            description = "Directory of all nightly runs and their history: a local path, hdfs:// or s3a://.")
    private String output;

    @ArgGroup(validate = false, heading = "%nGate%n")
    private Gate gate = new Gate();

    /** What the run is held against. */
    static final class Gate {
        @Option(
                names = "--baseline",
                paramLabel = "RUN",
                description = {
                    "Run to compare with: the name of a run in --output, or the output of evaluate or invert.",
                    "Default: the last run in --output that did not fail."
                })
        private String baseline;

        @Option(
                names = "--max-psnr-drop",
                paramLabel = "DB",
                defaultValue = "0.1",
                description =
                        "Fail if the mean PSNR of a method over paired images drops by more than this and the 95%%"
                                + " confidence interval of the difference lies below zero.")
        private double maxPsnrDrop;

        @Option(
                names = "--max-slowdown",
                paramLabel = "FACTOR",
                defaultValue = "1.3",
                description = "Fail if the median image takes more than this times the seconds of the baseline.")
        private double maxSlowdown;

        @Option(
                names = "--code-version",
                hidden = true,
                paramLabel = "TEXT",
                defaultValue = "${env:SPARK_INVERSION_CODE_VERSION}",
                showDefaultValue = Visibility.NEVER,
                description =
                        "Name of the code version in the history. Default: the git commit, else the program's version.")
        private String codeVersion;
    }

    @Override
    public Integer call() {
        Limits limits = new Limits(gate.maxPsnrDrop, gate.maxSlowdown);
        try (LazySession session = session("nightly", output)) {
            SparkInversion inversion = inversion(session, output);
            EvaluationSettings evaluation = inversion.evaluation(comparison());
            OutputCheck.require(output);
            DatasetReader.requireDataset(evaluation.run().dataset(), hadoop());
            if (evaluation.protocol() == Protocol.PAPER) {
                System.out.println(PaperProtocol.text(evaluation.run().worker()));
            }
            NightlySettings settings = new NightlySettings(evaluation, gate.baseline, limits, gate.codeVersion);
            Verdict verdict = NightlyJob.run(
                    settings,
                    inversion::worker,
                    session.get(),
                    System.out,
                    Progress::onStandardError,
                    Clock.systemUTC());
            return verdict.outcome() == Outcome.FAIL ? WORSE : 0;
        } finally {
            SparkInversion.closeEngines();
        }
    }
}
