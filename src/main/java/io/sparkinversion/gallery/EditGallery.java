package io.sparkinversion.gallery;

import io.sparkinversion.evaluation.HtmlReport;
import io.sparkinversion.evaluation.Palette;
import io.sparkinversion.report.Cell;
import io.sparkinversion.report.Html;
import io.sparkinversion.report.HtmlPage;
import io.sparkinversion.report.Numbers;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The page of an editing run: original, reconstruction and edit of every row, to filter, to sort and to leaf through.
 * It needs no server and no network. Its rows are in the page, their pictures are files beside it, of which it loads
 * those of the rows in sight only.
 */
public final class EditGallery {
    /** A page from a server has a source of its own; one that was opened as a file has not. */
    private static final HtmlPage PAGE = new HtmlPage(
            "edits.html",
            List.of("page.css", "edits.css"),
            List.of("edits-words.js", "edits-row.js", "edits-list.js", "edits-viewer.js"),
            "'self' file:");

    private static final String PARTIAL = "Below a mean: of how many rows it is, where not of all. What has no value "
            + "and what is infinite (∞), as the PSNR of equal pictures, is left out.";

    private EditGallery() {}

    /**
     * @param title of the page
     * @param facts about the run, by name, in the order to show
     * @param notes about its numbers, a sentence or two each
     * @param entries in the order to show first
     * @return HTML in UTF-8
     */
    public static byte[] page(String title, Map<String, String> facts, List<String> notes, List<EditEntry> entries) {
        EditSummaryTable table = EditSummaryTable.of(entries);
        Map<String, String> parts = new HashMap<>();
        parts.put("title", Html.escaped(title));
        parts.put("lead", Html.escaped(lead(entries, table)));
        parts.put("facts", HtmlPage.facts(facts));
        parts.put("summary", entries.isEmpty() ? "<p>There are no rows.</p>" : summary(table));
        parts.put("partial", table.partial() ? "<p class=\"small\">" + Html.escaped(PARTIAL) + "</p>" : "");
        parts.put("notes", notes.stream().map(note -> Html.element("li", note)).collect(Collectors.joining("\n")));
        parts.put("data", EditRowsJson.of(entries, table.columns()));
        return PAGE.filled(parts).getBytes(StandardCharsets.UTF_8);
    }

    private static String lead(List<EditEntry> entries, EditSummaryTable table) {
        long images = entries.stream().map(EditEntry::imageId).distinct().count();
        long failed = entries.stream().filter(EditEntry::failed).count();
        long methods = table.rows().stream()
                .map(EditSummaryTable.Row::method)
                .distinct()
                .count();
        long controls = table.rows().stream()
                .map(EditSummaryTable.Row::control)
                .distinct()
                .count();
        return Numbers.count(entries.size(), "edit") + " of " + Numbers.count(images, "image") + ", "
                + Numbers.count(methods, "method") + ", " + Numbers.count(controls, "control")
                + (failed == 0 ? "" : "; " + failed + " failed");
    }

    private static String summary(EditSummaryTable table) {
        StringBuilder html = new StringBuilder("<table id=\"means\">\n<thead><tr>"
                + "<th scope=\"col\" class=\"name\">method</th><th scope=\"col\" class=\"text\">control</th>"
                + "<th scope=\"col\">n</th><th scope=\"col\">failed</th>");
        table.columns().forEach(column -> html.append("<th scope=\"col\">")
                .append(Html.escaped(column.label()))
                .append("</th>"));
        html.append("</tr></thead>\n<tbody>\n");
        Palette palette = new Palette(table.rows().stream()
                .map(EditSummaryTable.Row::method)
                .distinct()
                .toList());
        for (EditSummaryTable.Row row : table.rows()) {
            html.append("<tr><th scope=\"row\" class=\"name\"><a href=\"#method=")
                    .append(encoded(row.method()))
                    .append("&amp;control=")
                    .append(encoded(row.control()))
                    .append("\">")
                    .append(HtmlReport.swatch(palette, row.method()))
                    .append(Html.escaped(row.method()))
                    .append("</a></th><td class=\"text\">")
                    .append(row.control().isEmpty() ? Numbers.NONE : Html.escaped(row.control()))
                    .append("</td><td>")
                    .append(row.done())
                    .append("</td><td>")
                    .append(row.failed())
                    .append("</td>");
            for (EditColumn column : table.columns()) {
                Cell cell = EditSummaryTable.cell(row, column);
                html.append("<td>").append(Html.escaped(cell.text()));
                if (!cell.detail().isEmpty()) {
                    html.append("<span class=\"detail\">")
                            .append(Html.escaped(cell.detail()))
                            .append("</span>");
                }
                html.append("</td>");
            }
            html.append("</tr>\n");
        }
        return html.append("</tbody>\n</table>").toString();
    }

    /** As the page's script reads it back from its address. */
    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
