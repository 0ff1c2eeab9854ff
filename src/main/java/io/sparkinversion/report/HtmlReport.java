package io.sparkinversion.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The page: one file that loads nothing. Its content security policy accepts its own script and style by their hashes
 * and pictures that are in the page, so that no caption could make it do anything else.
 */
final class HtmlReport {
    private static final Pattern PLACE = Pattern.compile("\\{\\{(\\w+)}}");

    private HtmlReport() {}

    static String of(Evaluation evaluation, ResultTable table, List<Plot> plots, Pictures pictures) {
        String style = resource("report.css");
        String script = resource("report.js");
        Map<String, String> parts = new HashMap<>();
        parts.put("style", style);
        parts.put("script", script);
        parts.put(
                "policy",
                "default-src 'none'; img-src data:; style-src " + Html.policyHash(style) + "; script-src "
                        + Html.policyHash(script) + "; base-uri 'none'; form-action 'none'");
        parts.put("lead", Html.escaped(lead(evaluation)));
        parts.put("at", Html.escaped("at " + Numbers.count(evaluation.mainSteps(), "step")));
        parts.put("facts", facts(evaluation));
        parts.put("findings", findings(evaluation, table));
        parts.put("table", HtmlTable.of(evaluation, table));
        parts.put("plots", plots.isEmpty() ? "<p>There is nothing to plot.</p>" : plots(plots));
        parts.put("gallery", HtmlGallery.of(evaluation, pictures));
        parts.put("failures", failures(Failures.of(evaluation)));
        parts.put("notes", notes(evaluation));
        return filled(resource("report.html"), parts);
    }

    /** Everything that stands in place of {@code {{name}}}, looked at once: what is filled in is not searched again. */
    static String filled(String template, Map<String, String> parts) {
        return PLACE.matcher(template).replaceAll(match -> {
            String part = parts.get(match.group(1));
            if (part == null) {
                throw new IllegalStateException("the page's template has a place '" + match.group(1) + "' for nothing");
            }
            return Matcher.quoteReplacement(part);
        });
    }

    private static String lead(Evaluation evaluation) {
        long images = evaluation.measurements().stream().map(Measurement::imageId).distinct().count();
        String steps = evaluation.steps().stream().sorted().map(String::valueOf).collect(Collectors.joining(", "));
        return Numbers.count(images, "image") + ", " + Numbers.count(evaluation.methods().size(), "method")
                + ", DDIM steps: " + steps;
    }

    private static String facts(Evaluation evaluation) {
        return evaluation.facts().entrySet().stream()
                .map(fact -> "<div>" + Html.element("dt", fact.getKey()) + Html.element("dd", fact.getValue())
                        + "</div>")
                .collect(Collectors.joining("\n"));
    }

    private static String findings(Evaluation evaluation, ResultTable table) {
        Palette palette = new Palette(evaluation.methods());
        StringBuilder text = new StringBuilder("<ul class=\"findings\">\n");
        for (Findings.Finding finding : Findings.of(evaluation, table)) {
            text.append("<li>").append(swatch(palette, finding.method())).append(Html.element("b", finding.method()))
                    .append(Html.escaped(finding.text())).append("</li>\n");
        }
        Findings.identical(table).forEach(line -> text.append(Html.element("li", line)).append('\n'));
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
            html.append("<tr><th scope=\"row\">").append(Html.element("code", one.code())).append("</th><td>")
                    .append(one.images().size()).append("</td><td><ul>");
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
    static String swatch(Palette palette, String method) {
        return "<svg class=\"swatch\" viewBox=\"0 0 10 10\" aria-hidden=\"true\">"
                + "<circle cx=\"5\" cy=\"5\" r=\"5\" fill=\"" + Palette.hex(palette.of(method)) + "\"/></svg>";
    }

    private static String resource(String name) {
        try (InputStream stream = HtmlReport.class.getResourceAsStream("/report/" + name)) {
            if (stream == null) {
                throw new IllegalStateException("report/" + name + " is not on the class path; build the jar again");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("report/" + name + " on the class path cannot be read", e);
        }
    }
}
