package io.sparkinversion.gallery;

import io.sparkinversion.evaluation.Palette;
import io.sparkinversion.report.HtmlPage;
import io.sparkinversion.report.Numbers;
import java.util.List;
import java.util.Map;

/**
 * What {@code edits.ftlh} shows: original, reconstruction and edit of every row, to filter, sort and page through. It
 * needs no server and no network. Its rows are in the page, their pictures are files beside it; the page loads only those
 * of the rows in sight.
 *
 * @param title of the page
 * @param lead one line below it
 * @param facts about the run, by name
 * @param notes about its numbers, a sentence or two each
 * @param colours of the methods, for CSS
 * @param labels of the columns of means
 * @param rows of the table of means
 * @param partial whether a mean is not of all rows
 * @param data the rows as {@code EditRowsJson} writes them
 */
public record EditGallery(
        String title,
        String lead,
        Map<String, String> facts,
        List<String> notes,
        Map<String, String> colours,
        List<String> labels,
        List<EditSummaryTable.Row> rows,
        boolean partial,
        String data) {
    /** A page from a server has a source of its own; one that was opened as a file has not. */
    private static final HtmlPage PAGE = new HtmlPage(
            "edits.ftlh",
            List.of("page.css", "edits.css"),
            List.of("edits-words.js", "edits-row.js", "edits-list.js", "edits-viewer.js"),
            "'self' file:");

    /**
     * @param facts about the run, by name, in the order to show
     * @param notes about its numbers, a sentence or two each
     * @param entries in the order to show first
     * @return HTML in UTF-8
     */
    static byte[] html(String title, Map<String, String> facts, List<String> notes, List<EditEntry> entries) {
        EditSummaryTable table = EditSummaryTable.of(entries);
        Map<String, String> colours =
                new Palette(entries.stream().map(EditEntry::method).distinct().toList()).css();
        return PAGE.filled(new EditGallery(
                title,
                lead(entries),
                facts,
                notes,
                colours,
                table.labels(),
                table.rows(),
                table.partial(),
                EditRowsJson.of(entries, table.columns(), colours)));
    }

    private static String lead(List<EditEntry> entries) {
        long images = entries.stream().map(EditEntry::imageId).distinct().count();
        long failed = entries.stream().filter(EditEntry::failed).count();
        long methods = entries.stream().map(EditEntry::method).distinct().count();
        long controls = entries.stream().map(EditEntry::control).distinct().count();
        return Numbers.count(entries.size(), "edit") + " of " + Numbers.count(images, "image") + ", "
                + Numbers.count(methods, "method") + ", " + Numbers.count(controls, "control")
                + (failed == 0 ? "" : "; " + failed + " failed");
    }
}
