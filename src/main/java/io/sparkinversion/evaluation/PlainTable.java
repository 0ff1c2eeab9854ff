package io.sparkinversion.evaluation;

import io.sparkinversion.report.AlignedText;
import io.sparkinversion.report.Numbers;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The table for a terminal: values with their standard errors; the intervals are in the other formats. */
public final class PlainTable {
    /** The widest table that still reads on a wide terminal. */
    private static final Set<String> LEFT_OUT = Set.of("psnr-vae", "throughput", "peak-memory");

    private PlainTable() {}

    static String of(Evaluation evaluation, ResultTable table) {
        List<Column> columns = Column.of(evaluation).stream()
                .filter(column -> !LEFT_OUT.contains(column.key()))
                .toList();
        List<List<String>> lines = new ArrayList<>();
        lines.add(header(columns));
        for (MethodRow row : table.rows()) {
            List<String> line = new ArrayList<>(List.of(row.method(), steps(row.steps())));
            columns.forEach(column -> line.add(column.cell().apply(row).line()));
            lines.add(line);
        }
        for (Published row : Published.ROWS) {
            List<String> line = new ArrayList<>(List.of(row.method() + " *", steps(Published.STEPS)));
            columns.forEach(column -> line.add(row.figure(column)));
            lines.add(line);
        }
        StringBuilder text = new StringBuilder(AlignedText.of(lines));
        text.append("* ").append(Published.SETTING).append('\n');
        Findings.identical(table).forEach(finding -> text.append(finding).append('\n'));
        return text.toString();
    }

    /** Steps of 0 are the autoencoder's. */
    public static String steps(int steps) {
        return steps == 0 ? Numbers.NONE : Integer.toString(steps);
    }

    private static List<String> header(List<Column> columns) {
        List<String> header = new ArrayList<>(List.of("method", "steps"));
        for (Column column : columns) {
            String name = column.header().replaceAll(" [↑↓]", "");
            header.add(column.group() == Column.Group.BASELINE ? name + " to NPI" : name);
        }
        return header;
    }
}
