package io.sparkinversion.evaluation;

import io.sparkinversion.report.Cell;
import io.sparkinversion.report.Numbers;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The table as GitHub's Markdown: one for quality and one for cost, since one of all columns would not fit a page. */
final class MarkdownTable {
    private static final Set<Column.Group> COST = EnumSet.of(Column.Group.TIME, Column.Group.UNET, Column.Group.MEMORY);

    private MarkdownTable() {}

    static String of(Evaluation evaluation, ResultTable table) {
        List<Column> columns = Column.of(evaluation);
        StringBuilder text = new StringBuilder("# Reconstruction methods compared\n\n");
        for (Map.Entry<String, String> fact : evaluation.facts().entrySet()) {
            text.append("- **")
                    .append(escaped(fact.getKey()))
                    .append("**: ")
                    .append(escaped(fact.getValue()))
                    .append('\n');
        }
        text.append("\n## At ")
                .append(Numbers.count(evaluation.mainSteps(), "step"))
                .append("\n\n");
        Findings.of(evaluation, table).forEach(finding -> text.append("- **")
                .append(escaped(finding.method()))
                .append("**: ")
                .append(escaped(finding.text()))
                .append('\n'));
        text.append("\n## Quality\n\n");
        append(
                text,
                table,
                columns.stream()
                        .filter(column -> !COST.contains(column.group()))
                        .toList());
        text.append("\n## Cost\n\n");
        append(
                text,
                table,
                columns.stream().filter(column -> COST.contains(column.group())).toList());
        text.append("\n\\* ").append(escaped(Published.SETTING)).append("\n");
        List<String> identical = Findings.identical(table);
        if (!identical.isEmpty()) {
            text.append("\n## Identical images\n\n");
            identical.forEach(line -> text.append("- ").append(escaped(line)).append('\n'));
        }
        List<Failures> failures = Failures.of(evaluation);
        if (!failures.isEmpty()) {
            text.append("\n## Failures\n\n");
            failures.forEach(one -> text.append("- ")
                    .append(escaped(one.code()))
                    .append(": ")
                    .append(Numbers.count(one.images().size(), "image"))
                    .append(", such as ")
                    .append(escaped(one.examples().get(0)))
                    .append('\n'));
        }
        text.append("\n## How to read it\n\n");
        columns.forEach(column -> text.append("- ")
                .append(heading(column))
                .append(": ")
                .append(escaped(column.explanation()))
                .append('\n'));
        text.append('\n');
        Notes.of(evaluation).forEach(note -> text.append("- **")
                .append(note.term())
                .append("**: ")
                .append(escaped(note.text()))
                .append('\n'));
        return text.toString();
    }

    private static void append(StringBuilder text, ResultTable table, List<Column> columns) {
        text.append("| method | steps | ");
        text.append(columns.stream().map(MarkdownTable::heading).collect(Collectors.joining(" | ")))
                .append(" |\n");
        text.append("|:---|---:").append("|---:".repeat(columns.size())).append("|\n");
        for (MethodRow row : table.rows()) {
            text.append("| ").append(escaped(row.method())).append(" | ").append(PlainTable.steps(row.steps()));
            columns.forEach(
                    column -> text.append(" | ").append(cell(column.cell().apply(row))));
            text.append(" |\n");
        }
        for (Published row : Published.ROWS) {
            text.append("| ")
                    .append(escaped(row.method()))
                    .append(" (published \\*) | ")
                    .append(Published.STEPS);
            columns.forEach(column -> text.append(" | ").append(row.figure(column)));
            text.append(" |\n");
        }
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

    /** What Markdown or a table cell would take for markup. */
    static String escaped(String text) {
        String markup = text.replaceAll("\\s+", " ")
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;");
        return markup.replaceAll("([\\\\`*_\\[\\]|~])", "\\\\$1");
    }
}
