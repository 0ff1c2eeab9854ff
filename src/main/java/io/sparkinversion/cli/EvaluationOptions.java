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
            description = {
                "With commas between: ${COMPLETION-CANDIDATES}.",
                "A name may carry settings, such as null-text:start=caption."
            })
    private List<String> names;

    @Option(
            names = "--steps",
            split = ",",
            defaultValue = "50",
            description = "DDIM step counts, 1 to 1000, with commas between. The cheapest runs first.")
    private List<Integer> steps;

    @Option(
            names = "--protocol",
            defaultValue = "throughput",
            description = {
                "throughput: in batches of --batch-size.",
                "paper: 50 steps, guidance 7.5, float32, one image at a time after one that is not timed; 512x512, or"
                        + " the model's own size where that is less; 100 images unless --sample says otherwise; on this"
                        + " machine one task at a time unless --master says otherwise."
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
