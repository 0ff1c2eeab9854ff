package io.sparkinversion.evaluation;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A row of the paper's table. Its figures are given as printed there; the paper gives no others for it.
 *
 * @param method the paper's name
 * @param figures column key to figure
 */
record Published(String method, Map<String, String> figures) {
    /** Where the rows come from, and under which conditions. */
    static final String SETTING = "published: Miyake et al., arXiv 2305.16807, Stable Diffusion 1.x, 100 COCO images,"
            + " 512x512, 50 steps, guidance 7.5, their GPU";

    static final int STEPS = 50;

    /** Negative-prompt inversion's table of reconstruction quality and speed. */
    static final List<Published> ROWS = List.of(
            of("DDIM + CFG", "14.05", "0.5278", "4.611"),
            of("null-text", "26.11", "0.0745", "129.768"),
            of("negative-prompt", "23.38", "0.1603", "4.627"));

    private static final String RESOLUTION = "resolution";

    private static final String LPIPS_NET = "alex";

    /**
     * Those that an evaluation's rows compare with: none where its pictures have another size than the paper's, or its
     * model made-up weights; without LPIPS where that was measured with another network.
     */
    static List<Published> beside(Evaluation evaluation) {
        if (obstacle(evaluation) != null) {
            return List.of();
        }
        return LPIPS_NET.equals(evaluation.lpipsNet())
                ? ROWS
                : ROWS.stream().map(Published::withoutLpips).toList();
    }

    /** Why there are none; null where there are. */
    static String obstacle(Evaluation evaluation) {
        String square = Protocol.PAPER_RESOLUTION + "x" + Protocol.PAPER_RESOLUTION;
        String resolution = evaluation.facts().get(RESOLUTION);
        if (resolution != null && !resolution.startsWith(square)) {
            return "this run's pictures are " + resolution.replaceFirst(" .*", "") + ", the paper's are " + square;
        }
        String resize = evaluation.facts().get(ReportFacts.RESIZE);
        if (resize != null) {
            return "this run's pictures were resized otherwise (--resize " + resize
                    + "), the paper's are their middle squares";
        }
        boolean fake = evaluation.facts().getOrDefault("model", "").startsWith("fake:");
        return fake ? "the model's weights are made up" : null;
    }

    private Published withoutLpips() {
        Map<String, String> rest = new HashMap<>(figures);
        rest.remove("lpips");
        return new Published(method, rest);
    }

    private static Published of(String method, String psnr, String lpips, String seconds) {
        return new Published(method, Map.of("n", "100", "psnr", psnr, "lpips", lpips, "seconds", seconds));
    }

    String figure(Column column) {
        return figures.getOrDefault(column.key(), "");
    }
}
