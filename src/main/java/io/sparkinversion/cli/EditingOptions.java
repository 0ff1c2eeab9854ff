package io.sparkinversion.cli;

import io.sparkinversion.UserException;
import io.sparkinversion.api.Edits;
import io.sparkinversion.api.InversionSettings;
import io.sparkinversion.editing.EditOptions.Attention;
import io.sparkinversion.editing.EditOptions.Blend;
import java.util.List;
import picocli.CommandLine.Option;

/** How edits are kept to their images. */
final class EditingOptions {
    @Option(
            names = "--control",
            paramLabel = "NAME,...",
            split = ",",
            defaultValue = InversionSettings.CONTROL,
            description = "How edits are kept close to their images, comma-separated: prompt-to-prompt takes attention"
                    + " to the text from the source branch, masactrl keys and values of self-attention, pnp features and"
                    + " self-attention, uac (with method infedit) both by way of a third branch; prompt-swap only"
                    + " replaces the caption by the edit prompt.")
    private List<String> controls;

    @Option(
            names = "--protocol",
            paramLabel = "NAME",
            hidden = true,
            description =
                    "pie-bench: prompt-to-prompt as PIE-Bench runs it: always refined; confined to the region of the"
                            + " words that an entry names, with doubled attention to that of the edit prompt, only where it"
                            + " names some.")
    private String protocol;

    @Option(
            names = "--rows",
            paramLabel = "NAME,...",
            split = ",",
            description =
                    "Rows of published PIE-Bench tables to compute again, such as null-text+p2p; docs/editing.md lists"
                            + " them.")
    private List<String> rows = List.of();

    @Option(
            names = "--attention",
            paramLabel = "NAME",
            hidden = true,
            defaultValue = InversionSettings.ATTENTION,
            description =
                    "Controller of prompt-to-prompt: replace (prompts with the same number of words), refine (words"
                            + " added or removed), or auto: replace if the number of words is the same, otherwise refine.")
    private String attention;

    @Option(
            names = "--cross-replace",
            paramLabel = "SHARE",
            hidden = true,
            defaultValue = "" + InversionSettings.CROSS_REPLACE,
            description = "Share of the steps with the source branch's cross-attention.")
    private double crossReplace;

    @Option(
            names = "--self-replace",
            paramLabel = "SHARE",
            hidden = true,
            defaultValue = "" + InversionSettings.SELF_REPLACE,
            description = "Share of the steps with the source branch's self-attention.")
    private double selfReplace;

    @Option(
            names = "--reweight",
            hidden = true,
            split = ",",
            paramLabel = "WORD:FACTOR",
            description =
                    "Scale the attention to words in all edit prompts; (word:1.5) in a prompt does so for that prompt.")
    private List<String> reweight = List.of();

    @Option(
            names = "--local-blend",
            paramLabel = "NAME",
            defaultValue = InversionSettings.LOCAL_BLEND,
            description =
                    "Confine edits to the region of some words: words (those named by the dataset), auto (those, or"
                            + " else the words in which caption and edit prompt differ), or none.")
    private String localBlend;

    @Option(
            names = "--blend-start",
            paramLabel = "SHARE",
            hidden = true,
            defaultValue = "" + InversionSettings.BLEND_START,
            description = "Share of the steps before local blend begins.")
    private double blendStart;

    @Option(
            names = "--blend-threshold",
            paramLabel = "SHARE",
            hidden = true,
            defaultValue = "" + InversionSettings.BLEND_THRESHOLD,
            description = "Least attention in the region of local blend, as a share of its maximum.")
    private double blendThreshold;

    @Option(
            names = "--clip-model",
            hidden = true,
            paramLabel = "FOLDER",
            description = "CLIP model in the transformers layout; adds the similarity of edits and prompts.")
    private String clipModel;

    @Option(
            names = "--dino-model",
            hidden = true,
            paramLabel = "FOLDER",
            description = "Weights of DINO's ViT-B/8; adds the structure distance of edits and originals.")
    private String dinoModel;

    @Option(
            names = "--no-kept-inversions",
            hidden = true,
            negatable = false,
            description = "Do not keep inversions; a changed edit prompt then inverts the image again.")
    private boolean forgets;

    boolean hasRows() {
        return !rows.isEmpty();
    }

    /** @param templates edit prompts; none for those of the dataset */
    Edits edits(List<String> templates) {
        Edits edits = new Edits()
                .prompts(templates.toArray(String[]::new))
                .controls(controls.toArray(String[]::new))
                .attention(Choice.of("--attention", Attention.class, attention))
                .crossReplace(crossReplace)
                .selfReplace(selfReplace)
                .localBlend(Choice.of("--local-blend", Blend.class, localBlend))
                .blendStart(blendStart)
                .blendThreshold(blendThreshold)
                .protocol(protocol)
                .rows(rows.toArray(String[]::new))
                .clipModel(clipModel)
                .dinoModel(dinoModel)
                .keepInversions(!forgets);
        reweight.forEach(entry -> reweight(edits, entry));
        return edits;
    }

    private static void reweight(Edits edits, String entry) {
        int colon = entry.lastIndexOf(':');
        try {
            if (colon > 0) {
                edits.reweight(entry.substring(0, colon), Double.parseDouble(entry.substring(colon + 1)));
                return;
            }
        } catch (NumberFormatException e) {
            // The message below covers it.
        }
        throw new UserException("--reweight: invalid value '" + entry + "'; expected WORD:FACTOR, such as smiling:1.5");
    }
}
