package io.sparkinversion.cli;

import io.sparkinversion.UserException;
import io.sparkinversion.api.Edits;
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
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.OutputCheck;
import java.time.Clock;
import java.util.List;
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
                description =
                        "Run to compare with: one in --output, or the output of evaluate, invert or edit. Default: the"
                                + " last in --output that did not fail.")
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
                names = "--rows",
                paramLabel = "NAME,...",
                split = ",",
                description =
                        "Edit the images by these rows of PIE-Bench (see jobs/edit) and gate their background and CLIP"
                                + " score, in place of --methods.")
        private List<String> rows = List.of();

        @Option(
                names = "--max-clip-drop",
                hidden = true,
                paramLabel = "POINTS",
                defaultValue = "" + Limits.CLIP_DROP,
                description = "Fail if the mean CLIP score of a row drops by more than this and the 95%% confidence"
                        + " interval of the difference lies below zero.")
        private double maxClipDrop;

        @Option(
                names = "--clip-model",
                hidden = true,
                paramLabel = "FOLDER",
                description = "CLIP model in the transformers layout; adds the similarity of edits and prompts.")
        private String clipModel;

        @Option(
                names = "--dino-model",
                hidden = true,
                paramLabel = "FOLDER",
                description = "Weights of DINO's ViT-B/8; adds the structure distance of edits and originals.")
        private String dinoModel;

        @Option(
                names = "--code-version",
                hidden = true,
                paramLabel = "TEXT",
                defaultValue = "${env:SPARK_INVERSION_CODE_VERSION}",
                showDefaultValue = Visibility.NEVER,
                description =
                        "Name of the code version in the history. Default: the git commit, else the program's version.")
        private String codeVersion;

        private Edits edits() {
            return new Edits()
                    .rows(rows.toArray(String[]::new))
                    .clipModel(clipModel)
                    .dinoModel(dinoModel);
        }
    }

    @Override
    int compare() {
        Limits limits = new Limits(gate.maxPsnrDrop, gate.maxSlowdown, gate.maxClipDrop);
        return gate.rows.isEmpty() ? compareReconstructions(limits) : compareEdits(limits);
    }

    private int compareEdits(Limits limits) {
        if (given().test("--methods")) {
            throw new UserException("--rows names the methods; leave out --methods");
        }
        if (steps().size() > 1) {
            throw new UserException("--rows: give one step count in --steps");
        }
        try (LazySession session = session("nightly", output)) {
            SparkInversion inversion = inversion(session, output);
            steps().forEach(inversion::steps);
            JobSettings run = inversion.editing(gate.edits());
            OutputCheck.require(output);
            DatasetReader.requireDataset(run.dataset(), hadoop());
            return compared(inversion, session, NightlySettings.ofEdits(run, gate.baseline, limits, gate.codeVersion));
        } finally {
            SparkInversion.closeEngines();
        }
    }

    private static int compared(SparkInversion inversion, LazySession session, NightlySettings settings) {
        Verdict verdict = NightlyJob.run(
                settings, inversion::worker, session.get(), System.out, Progress::onStandardError, Clock.systemUTC());
        return verdict.outcome() == Outcome.FAIL ? WORSE : 0;
    }

    private int compareReconstructions(Limits limits) {
        try (LazySession session = session("nightly", output)) {
            SparkInversion inversion = inversion(session, output);
            EvaluationSettings evaluation = inversion.evaluation(comparison());
            OutputCheck.require(output);
            DatasetReader.requireDataset(evaluation.run().dataset(), hadoop());
            if (evaluation.protocol() == Protocol.PAPER) {
                System.out.println(PaperProtocol.text(evaluation.run().worker()));
            }
            return compared(
                    inversion, session, new NightlySettings(evaluation, gate.baseline, limits, gate.codeVersion));
        } finally {
            SparkInversion.closeEngines();
        }
    }
}
