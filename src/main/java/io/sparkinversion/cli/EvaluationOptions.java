package io.sparkinversion.cli;

import io.sparkinversion.evaluation.Protocol;
import io.sparkinversion.inversion.Method;
import java.util.List;
import picocli.CommandLine.Option;

/** What an evaluation compares. */
final class EvaluationOptions extends SamplingOptions {
    /** All of them. Null-text's second row starts where negative-prompt inversion ends, which is fairer to it. */
    private static final String EVERY_METHOD =
            "vae,ddim,ddim-cfg,negative-prompt,proximal,direct,null-text," + "null-text:start=caption,o-belm,edict";

    @Option(
            names = "--methods",
            split = ",",
            defaultValue = EVERY_METHOD,
            completionCandidates = MethodNames.class,
            description =
                    "Methods to compare, comma-separated: ${COMPLETION-CANDIDATES}. A name may carry settings, such as"
                            + " null-text:start=caption.")
    private List<String> names;

    @Option(
            names = "--steps",
            split = ",",
            defaultValue = "50",
            description = "DDIM step counts (1 to 1000), comma-separated; the cheapest runs first.")
    private List<Integer> steps;

    @Option(
            names = "--protocol",
            defaultValue = "throughput",
            description = {
                "throughput: batches of --batch-size images.",
                "paper: 50 steps, guidance 7.5, float32, batch size 1 after one image that is not timed, 512x512 (or the"
                        + " model's own size, if smaller); 100 images unless --sample is given; on a single machine one"
                        + " task at a time unless --master is given."
            })
    private String protocol;

    List<Method> methods() {
        return names.stream().map(Method::of).toList();
    }

    List<Integer> steps() {
        return steps;
    }

    Protocol protocol() {
        return Choice.of("--protocol", Protocol.class, protocol);
    }
}
