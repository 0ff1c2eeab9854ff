package io.sparkinversion.evaluation;

import io.sparkinversion.report.ChartStyle;
import io.sparkinversion.report.Html;
import io.sparkinversion.report.HtmlPage;
import io.sparkinversion.report.Numbers;
import io.sparkinversion.report.Plot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The page: one file that loads nothing. Its content security policy accepts its own script and style by their hashes
 * and pictures that are in the page, so that no caption could make it do anything else.
 */
public final class HtmlReport {
    private static final HtmlPage PAGE =
            new HtmlPage("report.html", List.of("page.css", "report.css"), List.of("report.js"), "data:");

    private HtmlReport() {}

    static String of(Evaluation evaluation, ResultTable table, List<Plot> plots, Pictures pictures) {
        Map<String, String> parts = new HashMap<>();
        parts.put("lead", Html.escaped(lead(evaluation)));
        parts.put("at", Html.escaped("at " + Numbers.count(evaluation.mainSteps(), "step")));
        parts.put("facts", HtmlPage.facts(evaluation.facts()));
        parts.put("findings", findings(evaluation, table));
        parts.put("table", HtmlTable.of(evaluation, table));
        parts.put("plots", plots.isEmpty() ? "<p>There is nothing to plot.</p>" : plots(plots));
        parts.put("gallery", HtmlGallery.of(evaluation, pictures));
        parts.put("failures", failures(Failures.of(evaluation)));
        parts.put("notes", notes(evaluation));
        return PAGE.filled(parts);
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

    private static String findings(Evaluation evaluation, ResultTable table) {
        Palette palette = new Palette(evaluation.methods());
        StringBuilder text = new StringBuilder("<ul class=\"findings\">\n");
        for (Findings.Finding finding : Findings.of(evaluation, table)) {
            text.append("<li>")
                    .append(swatch(palette, finding.method()))
                    .append(Html.element("b", finding.method()))
                    .append(Html.escaped(finding.text()))
                    .append("</li>\n");
        }
        Findings.identical(table)
                .forEach(line -> text.append(Html.element("li", line)).append('\n'));
        text.append("</ul>\n<p class=\"small\">[a, b]: 95% confidence interval of the number before it.</p>");
        return text.toString();
    }

    private static String plots(List<Plot> plots) {
        return plots.stream()
                .map(plot -> "<figure id=\"plot-" + plot.name() + "\"><picture>"
                        + "<source media=\"(prefers-color-scheme: dark)\" srcset=\"" + Html.png(plot.dark()) + "\">"
                        + "<img src=\"" + Html.png(plot.light()) + "\" width=\"" + ChartStyle.WIDTH + "\" height=\""
                        + ChartStyle.HEIGHT + "\" alt=\"" + Html.escaped(plot.caption()) + "\"></picture>"
                        + Html.element("figcaption", plot.caption()) + "</figure>")
                .collect(Collectors.joining("\n"));
    }

    private static String failures(List<Failures> failures) {
        if (failures.isEmpty()) {
            return "<p>Every image has a result with every method.</p>";
        }
        StringBuilder html = new StringBuilder("<div class=\"card\"><table><thead><tr><th scope=\"col\">error code</th>"
                + "<th scope=\"col\">images</th><th scope=\"col\">examples</th></tr></thead><tbody>\n");
        for (Failures one : failures) {
            html.append("<tr><th scope=\"row\">")
                    .append(Html.element("code", one.code()))
                    .append("</th><td>")
                    .append(one.images().size())
                    .append("</td><td><ul>");
            one.examples().forEach(example -> html.append(Html.element("li", example)));
            html.append("</ul></td></tr>\n");
        }
        return html.append("</tbody></table></div>").toString();
    }

    private static String notes(Evaluation evaluation) {
        return Notes.of(evaluation).stream()
                .map(note -> Html.element("dt", note.term()) + Html.element("dd", note.text()))
                .collect(Collectors.joining("\n"));
    }

    /** The method's colour, as in the plots. An attribute of SVG and not a style, which the policy would refuse. */
    public static String swatch(Palette palette, String method) {
        return "<svg class=\"swatch\" viewBox=\"0 0 10 10\" aria-hidden=\"true\">"
                + "<circle cx=\"5\" cy=\"5\" r=\"5\" fill=\"" + Palette.hex(palette.of(method)) + "\"/></svg>";
    }
}
