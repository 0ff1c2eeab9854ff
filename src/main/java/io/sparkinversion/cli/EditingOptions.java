package io.sparkinversion.cli;

import io.sparkinversion.editing.EditOptions;
import io.sparkinversion.editing.EditOptions.Attention;
import io.sparkinversion.editing.EditOptions.Blend;
import io.sparkinversion.engine.EditRecipe;
import io.sparkinversion.engine.EditRecipe.Control;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** How edits are kept to their images. */
final class EditingOptions {
    private static final String PROMPT_TO_PROMPT = "prompt-to-prompt";
    private static final String PROMPT_SWAP = "prompt-swap";

    @Option(
            names = "--control",
            split = ",",
            defaultValue = PROMPT_TO_PROMPT,
            description = "How edits are kept close to their images, comma-separated: prompt-to-prompt takes attention"
                    + " from the source branch, prompt-swap only replaces the caption by the edit prompt.")
    private List<String> controls;

    @Option(
            names = "--attention",
            defaultValue = "auto",
            description =
                    "Controller of prompt-to-prompt: replace (prompts with the same number of words), refine (words"
                            + " added or removed), or auto: replace if the number of words is the same, otherwise refine.")
    private String attention;

    @Option(
            names = "--cross-replace",
            defaultValue = "0.4",
            description = "Share of the steps with the source branch's cross-attention.")
    private double crossReplace;

    @Option(
            names = "--self-replace",
            defaultValue = "0.6",
            description = "Share of the steps with the source branch's self-attention.")
    private double selfReplace;

    @Option(
            names = "--reweight",
            split = ",",
            paramLabel = "WORD:FACTOR",
            description =
                    "Scale the attention to words in all edit prompts; (word:1.5) in a prompt does so for that prompt.")
    private List<String> reweight = List.of();

    @Option(
            names = "--local-blend",
            defaultValue = "auto",
            description =
                    "Confine edits to the region of some words: words (those named by the dataset), auto (those, or"
                            + " else the words in which caption and edit prompt differ), or none.")
    private String localBlend;

    @Option(
            names = "--blend-start",
            defaultValue = "0.2",
            description = "Share of the steps before local blend begins.")
    private double blendStart;

    @Option(
            names = "--blend-threshold",
            defaultValue = "0.3",
            description = "Least attention in the region of local blend, as a share of its maximum.")
    private double blendThreshold;

    @Option(
            names = "--clip-model",
            paramLabel = "FOLDER",
            description = "CLIP model in the transformers layout; adds the similarity of edits and prompts.")
    private String clipModel;

    @Option(
            names = "--no-kept-inversions",
            negatable = false,
            description = "Do not keep inversions; a changed edit prompt then inverts the image again.")
    private boolean forgets;

    EditRecipe recipe() {
        EditOptions controlled = new EditOptions(
                Choice.of("--attention", Attention.class, attention),
                crossReplace,
                selfReplace,
                factors(),
                Choice.of("--local-blend", Blend.class, localBlend),
                blendStart,
                blendThreshold);
        List<Control> chosen = new ArrayList<>();
        for (String control : controls) {
            if (chosen.stream().anyMatch(other -> other.label().equals(control))) {
                throw new IllegalArgumentException("--control: '" + control + "' is given twice");
            }
            chosen.add(new Control(
                    control,
                    switch (control) {
                        case PROMPT_TO_PROMPT -> controlled;
                        case PROMPT_SWAP -> EditOptions.PROMPT_SWAP;
                        default ->
                            throw new IllegalArgumentException("--control: invalid value '" + control
                                    + "'; expected one of " + PROMPT_TO_PROMPT + ", " + PROMPT_SWAP);
                    }));
        }
        return new EditRecipe(chosen, clipAddress(), !forgets);
    }

    private String clipAddress() {
        return clipModel == null || clipModel.contains("://")
                ? clipModel
                : Path.of(clipModel).toAbsolutePath().normalize().toString();
    }

    private Map<String, Double> factors() {
        Map<String, Double> factors = new LinkedHashMap<>();
        for (String entry : reweight) {
            int colon = entry.lastIndexOf(':');
            try {
                if (colon > 0) {
                    factors.put(entry.substring(0, colon), Double.valueOf(entry.substring(colon + 1)));
                    continue;
                }
            } catch (NumberFormatException e) {
                // said below
            }
            throw new IllegalArgumentException(
                    "--reweight: invalid value '" + entry + "'; expected WORD:FACTOR, such as smiling:1.5");
        }
        return factors;
    }
}
