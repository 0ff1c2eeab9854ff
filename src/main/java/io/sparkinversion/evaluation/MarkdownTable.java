package io.sparkinversion.evaluation;

import static io.sparkinversion.report.TextTable.escaped;

import io.sparkinversion.report.Cell;
import io.sparkinversion.report.Numbers;
import io.sparkinversion.report.TextTable;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The report as GitHub's Markdown: a table for quality and one for cost, since one of all columns would not fit a page. */
final class MarkdownTable {
    private static final Set<Column.Group> COST = EnumSet.of(Column.Group.TIME, Column.Group.UNET, Column.Group.MEMORY);

    private MarkdownTable() {}

    static String of(Evaluation evaluation, ResultTable table) {
        List<Column> columns = Column.of(evaluation);
        StringBuilder text = new StringBuilder("# Reconstruction methods compared\n\n");
        text.append(list(evaluation.facts().entrySet().stream()
                .map(fact -> item(fact.getKey(), fact.getValue()))
                .toList()));
        text.append("\n## At ")
                .append(Numbers.count(evaluation.mainSteps(), "step"))
                .append("\n\n");
        text.append(list(Findings.recommendations(evaluation, table).stream()
                .map(TextTable::escaped)
                .toList()));
        text.append(list(Findings.of(evaluation, table).stream()
                .map(finding -> item(finding.method(), finding.text()))
                .toList()));
        text.append("\n## Quality\n\n").append(part(table, columns, false));
        text.append("\n## Cost\n\n").append(part(table, columns, true));
        if (!table.published().isEmpty()) {
            text.append("\n\\* ").append(escaped(Published.SETTING)).append('\n');
        }
        section(
                text,
                "Identical images",
                Findings.identical(table).stream().map(TextTable::escaped).toList());
        section(
                text,
                "Failures",
                Failures.of(evaluation).stream().map(MarkdownTable::failure).toList());
        List<String> meanings = new ArrayList<>();
        columns.forEach(column -> meanings.add(heading(column) + ": " + escaped(column.explanation())));
        section(text, "How to read it", meanings);
        text.append('\n');
        text.append(list(Notes.of(evaluation).stream()
                .map(note -> item(note.term(), note.text()))
                .toList()));
        return text.toString();
    }

    private static String part(ResultTable table, List<Column> columns, boolean cost) {
        List<Column> own = columns.stream()
                .filter(column -> COST.contains(column.group()) == cost)
                .toList();
        return table.text(own, TextTable::escaped, MarkdownTable::heading, MarkdownTable::cell, " (published \\*)")
                .markdown();
    }

    private static String heading(Column column) {
        String suffix =
                switch (column.group()) {
                    case BASELINE -> " to NPI";
                    case CEILING -> " to VAE";
                    default -> "";
                };
        return escaped(column.header()) + suffix;
    }

    private static String cell(Cell cell) {
        String value = escaped(cell.line());
        String detail = cell.detail().isEmpty() ? "" : "<br>" + escaped(cell.detail());
        return (cell.notable() ? "**" + value + "**" : value) + detail;
    }

    private static String failure(Failures one) {
        return escaped(one.code()) + ": " + Numbers.count(one.images().size(), "image") + ", such as "
                + escaped(one.examples().get(0));
    }

    private static void section(StringBuilder text, String title, List<String> items) {
        if (!items.isEmpty()) {
            text.append("\n## ").append(title).append("\n\n").append(list(items));
        }
    }

    private static String item(String name, String text) {
        return "**" + escaped(name) + "**: " + escaped(text);
    }

    private static String list(List<String> items) {
        StringBuilder text = new StringBuilder();
        items.forEach(item -> text.append("- ").append(item).append('\n'));
        return text.toString();
    }
}
