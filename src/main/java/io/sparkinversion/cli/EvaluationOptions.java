package io.sparkinversion.cli;

import io.sparkinversion.api.InversionSettings;
import io.sparkinversion.api.MethodComparison;
import io.sparkinversion.evaluation.Protocol;
import java.util.List;
import java.util.function.Predicate;
import picocli.CommandLine.Option;

/** What an evaluation compares. */
final class EvaluationOptions extends SamplingOptions {
    @Option(
            names = "--methods",
            paramLabel = "NAME,...",
            split = ",",
            defaultValue = InversionSettings.COMPARED_METHODS,
            completionCandidates = MethodNames.class,
            description =
                    "Methods to compare, comma-separated: ${COMPLETION-CANDIDATES}. A name may carry settings, such as"
                            + " null-text:start=caption.")
    private List<String> names;

    @Option(
            names = "--steps",
            paramLabel = "N",
            split = ",",
            defaultValue = "" + InversionSettings.STEPS,
            description = "DDIM step counts (1 to 1000), comma-separated; the cheapest runs first.")
    private List<Integer> steps;

    @Option(
            names = "--protocol",
            paramLabel = "NAME",
            defaultValue = InversionSettings.PROTOCOL,
            description = {
                "throughput: batches of --batch-size images.",
                "paper: 50 steps, guidance 7.5, float32, batch size 1 after one image that is not timed, 512x512 (or the"
                        + " model's own size, if smaller); 100 images unless --sample is given; on a single machine one"
                        + " task at a time unless --master is given."
            })
    private String protocol;

    /** @param given whether the user gave an option of that name */
    MethodComparison comparison(Predicate<String> given) {
        MethodComparison comparison =
                new MethodComparison().methods(names.toArray(String[]::new)).protocol(protocol());
        return given.test("--steps") ? comparison.steps(steps.toArray(Integer[]::new)) : comparison;
    }

    List<Integer> steps() {
        return steps;
    }

    Protocol protocol() {
        return Choice.of("--protocol", Protocol.class, protocol);
    }
}
