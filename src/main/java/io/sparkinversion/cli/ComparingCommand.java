package io.sparkinversion.cli;

import io.sparkinversion.cli.ModelOptions.ChosenModel;
import io.sparkinversion.dataset.DatasetReader;
import io.sparkinversion.evaluation.EvaluationSettings;
import io.sparkinversion.evaluation.Protocol;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.worker.WorkerSettings;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What the commands that compare methods have in common. */
abstract class ComparingCommand implements Callable<Integer> {
    /** Compiles what is compiled at first use; the steps of a trajectory are all alike. */
    private static final int WARM_UP_STEPS = 2;

    @Spec
    private CommandSpec spec;

    @Mixin
    private DatasetOptions dataset;

    @ArgGroup(validate = false, heading = "%nModel%n")
    private ModelOptions model = new ModelOptions();

    @ArgGroup(validate = false, heading = "%nComparison%n")
    private EvaluationOptions comparison = new EvaluationOptions();

    @ArgGroup(validate = false, heading = "%nRun%n")
    private RunOptions run = new RunOptions();

    @ArgGroup(validate = false, heading = "%nSpark%n")
    private SparkOptions sparkOptions = new SparkOptions();

    RunOptions run() {
        return run;
    }

    /** Spark for these settings, once they have been checked as far as that goes without Spark. */
    SparkSession session(String command, EvaluationSettings settings) throws IOException {
        DatasetReader.requireDataset(settings.run().dataset(), sparkOptions.hadoop());
        String name = command + " " + settings.run().dataset().root();
        if (settings.protocol() != Protocol.PAPER) {
            return sparkOptions.session(name, settings.run().output());
        }
        System.out.println(PaperProtocol.text(settings.run().worker()));
        return sparkOptions.session(name, settings.run().output(), PaperProtocol.LOCAL_MASTER);
    }

    /**
     * What the options say.
     *
     * @throws IllegalArgumentException if they contradict each other or the paper's protocol
     */
    EvaluationSettings settings(String output) {
        Protocol protocol = comparison.protocol();
        boolean asInPaper = protocol == Protocol.PAPER;
        PaperProtocol paper = new PaperProtocol(spec.commandLine().getParseResult()::hasMatchedOption);
        List<Integer> steps = asInPaper ? paper.steps(comparison.steps()) : comparison.steps();
        ChosenModel chosen = model.chosen(sparkOptions.hadoop());
        WorkerSettings asked =
                chosen.settings(comparison.methods(), Collections.max(steps), comparison, run, WARM_UP_STEPS);
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
