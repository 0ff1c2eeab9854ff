package io.sparkinversion.cli;

import io.sparkinversion.inversion.Method;
import java.util.List;
import picocli.CommandLine.Option;

/** What one run does with each image. */
final class MethodOptions extends SamplingOptions {
    @Option(
            names = "--method",
            split = ",",
            defaultValue = "negative-prompt",
            completionCandidates = MethodNames.class,
            description =
                    "One or more methods, comma-separated: ${COMPLETION-CANDIDATES}. A name may carry settings, such as"
                            + " null-text:start=caption.")
    private List<String> names;

    @Option(names = "--steps", defaultValue = "50", description = "Number of DDIM steps, 1 to 1000.")
    private int steps;

    List<Method> methods() {
        return names.stream().map(Method::of).toList();
    }

    int steps() {
        if (steps < 1 || steps > 1000) {
            throw new IllegalArgumentException("--steps is " + steps + "; it must be 1 to 1000");
        }
        return steps;
    }
}
