package io.sparkinversion.evaluation;

import io.sparkinversion.report.ChartStyle;
import io.sparkinversion.report.HtmlPage;
import io.sparkinversion.report.Numbers;
import io.sparkinversion.report.Plot;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What {@code report.ftlh} shows: one file that loads nothing.
 *
 * @param lead one line below the title
 * @param at such as {@code at 50 steps}
 * @param facts by name
 * @param colours of the methods, for CSS
 * @param recommendations which method to take, a sentence each
 * @param findings a line for each method
 * @param identical a line for each method that gave some images back unchanged
 * @param table the results
 * @param plots light and dark
 * @param gallery originals beside reconstructions
 * @param failures by error code
 * @param notes how to read the numbers
 */
public record ReportPage(
        String lead,
        String at,
        Map<String, String> facts,
        Map<String, String> colours,
        List<String> recommendations,
        List<Findings.Finding> findings,
        List<String> identical,
        PageTable table,
        List<Picture> plots,
        PageGallery gallery,
        List<Failures> failures,
        List<Notes.Note> notes) {
    private static final HtmlPage PAGE =
            new HtmlPage("report.ftlh", List.of("page.css", "report.css"), List.of("report.js"), "data:");

    /**
     * A plot.
     *
     * @param name of its file
     * @param caption what it shows
     * @param light {@code data:} address for a light page
     * @param dark for a dark page
     * @param width in pixels of the page
     * @param height in pixels of the page
     */
    public record Picture(String name, String caption, String light, String dark, int width, int height) {
        public static Picture of(Plot plot) {
            return new Picture(
                    plot.name(),
                    plot.caption(),
                    HtmlPage.dataAddress("image/png", plot.light()),
                    HtmlPage.dataAddress("image/png", plot.dark()),
                    ChartStyle.WIDTH,
                    ChartStyle.HEIGHT);
        }
    }

    /** The page as HTML in UTF-8. */
    static byte[] html(Evaluation evaluation, ResultTable table, List<Plot> plots, Pictures pictures) {
        return PAGE.filled(new ReportPage(
                lead(evaluation),
                "at " + Numbers.count(evaluation.mainSteps(), "step"),
                evaluation.facts(),
                new Palette(evaluation.methods()).css(),
                Findings.recommendations(evaluation, table),
                Findings.of(evaluation, table),
                Findings.identical(table),
                PageTable.of(evaluation, table),
                plots.stream().map(Picture::of).toList(),
                PageGallery.of(evaluation, pictures),
                Failures.of(evaluation),
                Notes.of(evaluation)));
    }

    private static String lead(Evaluation evaluation) {
        long images = evaluation.measurements().stream()
                .map(Measurement::imageId)
                .distinct()
                .count();
        String steps = evaluation.steps().stream().sorted().map(String::valueOf).collect(Collectors.joining(", "));
        return Numbers.count(images, "image") + ", "
                + Numbers.count(evaluation.methods().size(), "method") + ", DDIM steps: " + steps;
    }
}
