package io.sparkinversion.evaluation;

import io.sparkinversion.report.Cell;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/** The table for a terminal: values with their standard errors; the intervals are in the other formats. */
final class PlainTable {
    /** The widest table that still reads on a wide terminal. */
    private static final Set<String> LEFT_OUT = Set.of("psnr-vae", "throughput", "peak-memory");

    private PlainTable() {}

    static String of(Evaluation evaluation, ResultTable table) {
        List<Column> columns = Column.of(evaluation).stream()
                .filter(column -> !LEFT_OUT.contains(column.key()))
                .toList();
        StringBuilder text =
                new StringBuilder(table.text(columns, UnaryOperator.identity(), PlainTable::heading, Cell::line, " *")
                        .aligned());
        if (!table.published().isEmpty()) {
            text.append("* ").append(Published.SETTING).append('\n');
        }
        Findings.recommendations(evaluation, table)
                .forEach(finding -> text.append(finding).append('\n'));
        Findings.identical(table).forEach(finding -> text.append(finding).append('\n'));
        return text.toString();
    }

    private static String heading(Column column) {
        String name = column.header().replaceAll(" [↑↓]", "");
        return column.group() == Column.Group.BASELINE ? name + " to NPI" : name;
    }
}
