package io.sparkinversion.evaluation.edits;

import static io.sparkinversion.report.TextTable.escaped;

import io.sparkinversion.evaluation.ReportPage.Picture;
import io.sparkinversion.report.HtmlPage;
import io.sparkinversion.report.TextTable;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What {@code pie-bench.ftlh} and {@code pie-bench.md} show.
 *
 * @param title of the page
 * @param lead one line below it
 * @param facts about the run, by name
 * @param findings a sentence each
 * @param tables all entries, differences, categories
 * @param plots light and dark; none without CLIP
 * @param published which published rows the run claims to compute again, and in what it differs
 * @param notes how to read the numbers
 */
public record PieBenchPage(
        String title,
        String lead,
        Map<String, String> facts,
        List<String> findings,
        List<Section> tables,
        List<Picture> plots,
        List<String> published,
        List<String> notes) {
    private static final HtmlPage PAGE =
            new HtmlPage("pie-bench.ftlh", List.of("page.css", "report.css", "pie-bench.css"), List.of(), "data:");

    /**
     * @param title of the table
     * @param names how many of the first columns are no numbers
     * @param header of the columns
     * @param rows of text
     */
    public record Section(String title, int names, List<String> header, List<List<String>> rows) {
        private String markdown() {
            TextTable table = new TextTable(
                    Set.copyOf(header.subList(0, names)),
                    header.stream().map(TextTable::escaped).toList());
            rows.forEach(row -> table.add(row.stream().map(TextTable::escaped).toList()));
            return table.markdown();
        }
    }

    byte[] html() {
        return PAGE.filled(this);
    }

    String markdown() {
        StringBuilder text = new StringBuilder("# " + escaped(title) + "\n\n" + escaped(lead) + "\n\n");
        facts.forEach((name, value) -> text.append("- **")
                .append(escaped(name))
                .append("**: ")
                .append(escaped(value))
                .append('\n'));
        list(text, "Findings", findings);
        tables.forEach(table -> text.append("\n## ")
                .append(escaped(table.title()))
                .append("\n\n")
                .append(table.markdown()));
        list(text, "Published rows", published);
        list(text, "How to read it", notes);
        return text.toString();
    }

    private static void list(StringBuilder text, String title, List<String> items) {
        if (!items.isEmpty()) {
            text.append("\n## ").append(title).append("\n\n");
            items.forEach(item -> text.append("- ").append(escaped(item)).append('\n'));
        }
    }
}
