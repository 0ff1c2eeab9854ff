package io.sparkinversion.cli;

import io.sparkinversion.cli.ModelOptions.ChosenModel;
import io.sparkinversion.job.EvaluationSettings;
import io.sparkinversion.job.JobSettings;
import io.sparkinversion.job.NightlyJob;
import io.sparkinversion.job.NightlySettings;
import io.sparkinversion.job.Protocol;
import io.sparkinversion.report.NightlyVerdict;
import io.sparkinversion.report.NightlyVerdict.Outcome;
import io.sparkinversion.report.NightlyVerdictLimits;
import io.sparkinversion.worker.EngineRegistry;
import io.sparkinversion.worker.InversionWorker;
import io.sparkinversion.worker.WorkerSettings;
import java.io.IOException;
import java.time.Clock;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Evaluation as a gate. */
@Command(
        name = "nightly",
        description = {
            "Runs an evaluation, compares it with an earlier one image by image, and passes or fails.",
            "Exit code: 0 pass or first run, 3 fail, 2 wrong settings."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        showDefaultValues = true)
final class NightlyCommand implements Callable<Integer> {
    /** The run went to its end, and is worse than its baseline. */
    static final int WORSE = 3;
    /** As {@link EvaluateCommand}. */
    private static final int WARM_UP_STEPS = 2;

    @Spec
    private CommandSpec spec;

    @Mixin
    private DatasetOptions dataset;

    @Option(
            names = "--output",
            required = true,
            description = "Where all nightly runs and their history are: a folder, hdfs:// or s3a://.")
    private String output;

    @ArgGroup(validate = false, heading = "%nGate%n")
    private Gate gate = new Gate();

    @ArgGroup(validate = false, heading = "%nModel%n")
    private ModelOptions model = new ModelOptions();

    @ArgGroup(validate = false, heading = "%nComparison%n")
    private EvaluationOptions comparison = new EvaluationOptions();

    @ArgGroup(validate = false, heading = "%nRun%n")
    private RunOptions run = new RunOptions();

    @ArgGroup(validate = false, heading = "%nSpark%n")
    private SparkOptions sparkOptions = new SparkOptions();

    /** What the run is held against. */
    static final class Gate {
        @Option(
                names = "--baseline",
                paramLabel = "RUN",
                description = {
                    "The name of an earlier run in --output, or the output of evaluate or invert.",
                    "Default: the last run in --output that did not fail."
                })
        private String baseline;

        @Option(
                names = "--max-psnr-drop",
                paramLabel = "DB",
                defaultValue = "0.1",
                description = {
                    "Fail where a method's mean PSNR over paired images is further down than this, and the 95%%",
                    "confidence interval of the difference lies entirely below zero."
                })
        private double maxPsnrDrop;

        @Option(
                names = "--max-slowdown",
                paramLabel = "FACTOR",
                defaultValue = "1.3",
                description = "Fail where the median image takes more than this times the baseline's seconds.")
        private double maxSlowdown;

        @Option(
                names = "--code-version",
                paramLabel = "TEXT",
                defaultValue = "${env:SPARK_INVERSION_CODE_VERSION}",
                showDefaultValue = Visibility.NEVER,
                description = "What the history calls the code; default: the git commit, else this program's version.")
        private String codeVersion;
    }

    @Override
    public Integer call() throws IOException {
        NightlySettings settings = settings();
        if (settings.evaluation().protocol() == Protocol.PAPER) {
            System.out.println(PaperProtocol.text(settings.evaluation().run().worker()));
        }
        String name = "nightly " + settings.evaluation().run().dataset().root();
        try (SparkSession spark = sparkOptions.session(name, settings.output())) {
            NightlyVerdict verdict = NightlyJob.run(
                    settings, InversionWorker::new, spark, System.out, run::progress, Clock.systemUTC());
            return verdict.outcome() == Outcome.FAIL ? WORSE : 0;
        } finally {
            EngineRegistry.closeAll();
        }
    }

    private NightlySettings settings() {
        NightlyVerdictLimits limits = new NightlyVerdictLimits(gate.maxPsnrDrop, gate.maxSlowdown);
        return new NightlySettings(evaluation(), gate.baseline, limits, gate.codeVersion);
    }

    private EvaluationSettings evaluation() {
        Protocol protocol = comparison.protocol();
        boolean asInPaper = protocol == Protocol.PAPER;
        PaperProtocol paper = new PaperProtocol(spec.commandLine().getParseResult()::hasMatchedOption);
        List<Integer> steps = asInPaper ? paper.steps(comparison.steps()) : comparison.steps();
        ChosenModel chosen = model.chosen(sparkOptions.hadoop());
        WorkerSettings asked = chosen.settings(
                comparison.methods(), Collections.max(steps), comparison, run, WARM_UP_STEPS);
        JobSettings common = new JobSettings(
                dataset.settings(asInPaper ? PaperProtocol.SAMPLE : 0),
                output,
                asInPaper ? paper.worker(asked, chosen.trained()) : asked,
                model.lpipsName(),
                run.partitions(),
                run.waveSize(),
                run.resume());
        return new EvaluationSettings(common, steps, protocol);
    }
}
