package io.sparkinversion.cli;

import io.sparkinversion.api.InversionSettings;
import io.sparkinversion.api.SparkInversion;
import java.util.List;
import java.util.function.Predicate;
import picocli.CommandLine.Option;

/** What one run does with each image. */
final class MethodOptions extends SamplingOptions {
    @Option(
            names = "--method",
            paramLabel = "NAME,...",
            split = ",",
            defaultValue = InversionSettings.METHOD,
            completionCandidates = MethodNames.class,
            description =
                    "One or more methods, comma-separated: ${COMPLETION-CANDIDATES}. A name may carry settings, such as"
                            + " null-text:start=caption.")
    private List<String> names;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "" + InversionSettings.STEPS,
            description = "Number of DDIM steps, 1 to 1000.")
    private int steps;

    @Override
    void apply(SparkInversion run, Predicate<String> given) {
        super.apply(run, given);
        run.methods(names.toArray(String[]::new)).steps(steps);
    }
}
