package io.sparkinversion.evaluation.edits;

import io.sparkinversion.UserException;
import io.sparkinversion.editing.EditOptions;
import io.sparkinversion.editing.EditOptions.Attention;
import io.sparkinversion.editing.EditOptions.Blend;
import io.sparkinversion.editing.Sharing;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.output.JobSettings;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A row of a published PIE-Bench table that a run can compute again, with the settings of its authors.
 *
 * @param name as {@code --rows} takes it
 * @param method with its settings
 * @param control name of the attention control
 * @param options of the control
 * @param figures as printed, read in transcriptions of the tables; empty where no figure could be verified
 * @param source of the figures, or of the settings where there are none
 * @param difference what this program does in another way than the authors, beyond {@link #ALWAYS}; empty for nothing
 */
public record PublishedRow(
        String name,
        String method,
        String control,
        EditOptions options,
        Map<Measure, String> figures,
        String source,
        String difference) {
    /** Of the authors' runs. */
    public static final int STEPS = 50;

    /** Likewise. */
    public static final double GUIDANCE = 7.5;

    /** Entries of PIE-Bench. */
    static final int ENTRIES = 700;

    static final int RESOLUTION = 512;

    /** In what every row differs from its authors' run. */
    static final List<String> ALWAYS = List.of(
            "The authors measured JPEG files of quality 75, which cost about 0.5 dB at 27 dB; here the pictures are not"
                    + " compressed.",
            "The authors' code ignores EXIF orientation; here pictures are turned upright.",
            "An entry whose blended words are not in its prompts fails here; in the authors' code its image stays as it"
                    + " is, and counts.",
            "The authors used Stable Diffusion 1.4; the run's model is among the facts above.");

    private static final String P2P = "prompt-to-prompt";
    private static final String PNP_INVERSION = "Ju et al., arXiv 2310.01506, table 1";
    private static final String SPDINV = "Li et al., arXiv 2403.11105";
    private static final String NO_FIGURE = "; its figures could not be verified";

    private static final EditOptions EDIT_FRIENDLY =
            new EditOptions(Attention.AUTO, 0.4, 0.6, Map.of(), Blend.NONE, 0.2, 0.3, 1, new Sharing.None());
    private static final EditOptions SPD =
            new EditOptions(Attention.REFINE, 0.8, 0.6, Map.of(), Blend.WORDS, 0.2, 0.3, 2, new Sharing.None());

    /** All that are known. */
    static final List<PublishedRow> ALL = List.of(
            p2p("ddim+p2p", "ddim-cfg", figures("69.43", "17.87", "208.80", "25.01", "22.44"), ""),
            p2p("null-text+p2p", "null-text", figures("13.44", "27.03", "60.67", "24.75", "21.86"), ""),
            p2p("negative-prompt+p2p", "negative-prompt", figures("16.17", "26.21", "69.01", "24.61", "21.87"), ""),
            p2p("direct+p2p", "direct", figures("11.65", "27.22", "54.55", "25.02", "22.10"), ""),
            p2p("proximal+p2p", "proximal:quantile=0.75", Map.of(), ""),
            p2p(
                    "null-text-proximal+p2p",
                    "null-text-proximal:quantile=0.75",
                    Map.of(),
                    "The authors' code shrinks the guidance of the image's own branch, too; here that is null-text's"
                            + " reconstruction."),
            new PublishedRow(
                    "ef-ddpm+p2p",
                    "ef-ddpm:guidance=1:strength=0.76",
                    P2P + "-ef-ddpm",
                    EDIT_FRIENDLY,
                    Map.of(),
                    PNP_INVERSION + NO_FIGURE,
                    "The authors replace self-attention up to 16x16 positions only, here up to 32x32."),
            new PublishedRow(
                    "spdinv+p2p",
                    "spdinv",
                    P2P + "-spdinv",
                    SPD,
                    figures("8.81", "28.60", "36.01", "25.26", ""),
                    SPDINV,
                    ""));

    private static PublishedRow p2p(String name, String method, Map<Measure, String> figures, String difference) {
        return new PublishedRow(
                name,
                method,
                P2P,
                EditOptions.PIE_BENCH,
                figures,
                PNP_INVERSION + (figures.isEmpty() ? NO_FIGURE : ""),
                difference);
    }

    private static Map<Measure, String> figures(
            String structure, String psnr, String lpips, String clip, String clipEdited) {
        Map<Measure, String> figures = new EnumMap<>(Measure.class);
        figures.put(Measure.STRUCTURE, structure);
        figures.put(Measure.PSNR, psnr);
        figures.put(Measure.LPIPS, lpips);
        figures.put(Measure.CLIP, clip);
        if (!clipEdited.isEmpty()) {
            figures.put(Measure.CLIP_EDITED, clipEdited);
        }
        return figures;
    }

    /**
     * The rows of these names.
     *
     * @throws UserException if one is unknown or named twice
     */
    public static List<PublishedRow> named(List<String> names) {
        List<PublishedRow> rows = new ArrayList<>();
        for (String name : names) {
            PublishedRow row = ALL.stream()
                    .filter(each -> each.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new UserException(
                            "rows: invalid value '" + name + "'; expected one or more of " + names()));
            if (rows.contains(row)) {
                throw new UserException("rows: '" + name + "' is named twice");
            }
            rows.add(row);
        }
        return rows;
    }

    /** Of all rows, with commas between. */
    public static String names() {
        return ALL.stream().map(PublishedRow::name).collect(Collectors.joining(", "));
    }

    public Method inversion() {
        return new Method(method);
    }

    /** Whether the run's approach has this row's method and control, whatever its steps and guidance. */
    boolean isOf(Approach approach, Map<String, String> settings) {
        String text = settings.get(JobSettings.CONTROL + approach.control());
        return approach.method().equals(inversion().label())
                && text != null
                && text.split(JobSettings.CONTROL_METHODS)[0].equals(options.text());
    }
}
