package io.sparkinversion.cli;

import io.sparkinversion.api.MethodComparison;
import io.sparkinversion.api.SparkInversion;
import io.sparkinversion.evaluation.PaperProtocol;
import io.sparkinversion.evaluation.Protocol;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What the commands that compare methods have in common. */
abstract class ComparingCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private DatasetOptions dataset;

    @Mixin
    private PictureOptions pictures;

    @Mixin
    private MethodHelpOption methodHelp;

    @ArgGroup(validate = false, heading = "%nModel%n")
    private ModelOptions model = new ModelOptions();

    @ArgGroup(validate = false, heading = "%nComparison%n")
    private EvaluationOptions comparison = new EvaluationOptions();

    @ArgGroup(validate = false, heading = "%nRun%n")
    private RunOptions run = new RunOptions();

    @ArgGroup(validate = false, heading = "%nSpark%n")
    private SparkOptions sparkOptions = new SparkOptions();

    @Override
    public final Integer call() {
        return methodHelp.printed(spec.commandLine()) ? 0 : compare();
    }

    /** @return the exit code */
    abstract int compare();

    /** Starts when the settings have been checked. */
    LazySession session(String command, String output) {
        String name = command + " " + dataset.root();
        return new LazySession(() -> comparison.protocol() == Protocol.PAPER
                ? sparkOptions.session(name, output, PaperProtocol.LOCAL_MASTER)
                : sparkOptions.session(name, output));
    }

    /** What the options say of the run. */
    SparkInversion inversion(Supplier<SparkSession> session, String output) {
        SparkInversion inversion =
                SparkInversion.on(session, sparkOptions.hadoop()).output(output).master(sparkOptions.masterUrl());
        model.apply(inversion);
        dataset.apply(inversion);
        pictures.apply(inversion);
        comparison.apply(inversion, given());
        run.apply(inversion, given(), false);
        return inversion;
    }

    /** What they say of methods and step counts. */
    MethodComparison comparison() {
        return comparison.comparison(given());
    }

    List<Integer> steps() {
        return comparison.steps();
    }

    Configuration hadoop() {
        return sparkOptions.hadoop();
    }

    Predicate<String> given() {
        return spec.commandLine().getParseResult()::hasMatchedOption;
    }
}
