package io.sparkinversion.cli;

import io.sparkinversion.api.RunResult;
import io.sparkinversion.api.SparkInversion;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the commands that go through a dataset once have in common. */
abstract class SingleRunCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private DatasetOptions dataset;

    @Mixin
    private PictureOptions pictures;

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            required = true,
            description = "Directory for the results: a local path, hdfs:// or s3a://.")
    private String output;

    @Option(
            names = "--recompute",
            description =
                    "Replace results in the output that have other settings, such as another model, LPIPS network or"
                            + " step count, wave by wave. Methods must be the same.")
    private boolean recompute;

    @Mixin
    private MethodHelpOption methodHelp;

    @ArgGroup(validate = false, heading = "%nModel%n", order = 1)
    private ModelOptions model = new ModelOptions();

    @ArgGroup(validate = false, heading = "%nInversion%n", order = 2)
    private MethodOptions method = new MethodOptions();

    @ArgGroup(validate = false, heading = "%nRun%n", order = 4)
    private RunOptions run = new RunOptions();

    @ArgGroup(validate = false, heading = "%nSpark%n", order = 5)
    private SparkOptions sparkOptions = new SparkOptions();

    @Override
    public Integer call() {
        if (methodHelp.printed(spec.commandLine())) {
            return 0;
        }
        String name = spec.name() + " " + dataset.root();
        try (LazySession session = new LazySession(() -> sparkOptions.session(name, output))) {
            SparkInversion inversion = SparkInversion.on(session, sparkOptions.hadoop())
                    .output(output)
                    .master(sparkOptions.masterUrl());
            Predicate<String> given = spec.commandLine().getParseResult()::hasMatchedOption;
            model.apply(inversion);
            dataset.apply(inversion);
            pictures.apply(inversion);
            method.apply(inversion, given);
            run.apply(inversion, given, recompute);
            return run(inversion).summary().nothingWorked() ? Main.EVERY_IMAGE_FAILED : 0;
        } finally {
            SparkInversion.closeEngines();
        }
    }

    /** Whether the user gave an option of that name. */
    boolean isGiven(String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    abstract RunResult run(SparkInversion inversion);
}
