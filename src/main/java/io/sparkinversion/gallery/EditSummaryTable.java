package io.sparkinversion.gallery;

import io.sparkinversion.report.Cell;
import io.sparkinversion.report.Estimate;
import io.sparkinversion.report.Numbers;
import io.sparkinversion.report.Terminal;
import io.sparkinversion.report.TextTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An editing run in a few lines.
 *
 * @param columns of numbers
 * @param rows one for each method and control, in the order in which they come first
 */
record EditSummaryTable(List<EditColumn> columns, List<Row> rows) {
    /**
     * The means of a method and control, over its rows with an edit.
     *
     * @param done rows with an edit
     * @param failed rows without one
     * @param cells one for each column: the mean, and in the detail what it leaves out
     */
    public record Row(String method, String control, int done, int failed, List<Cell> cells) {
        private static Row of(String method, String control, List<EditEntry> entries, List<EditColumn> columns) {
            List<EditEntry> done =
                    entries.stream().filter(entry -> !entry.failed()).toList();
            List<Cell> cells =
                    columns.stream().map(column -> mean(column, done)).toList();
            return new Row(method, control, done.size(), entries.size() - done.size(), cells);
        }

        /** Over the finite numbers. Where not all rows have one, the detail says how many do. */
        private static Cell mean(EditColumn column, List<EditEntry> entries) {
            double[] values = entries.stream().mapToDouble(column::value).toArray();
            Estimate finite = Estimate.of(values);
            long infinite = Arrays.stream(values).filter(Double::isInfinite).count();
            if (finite.count() == values.length || finite.count() + infinite == 0) {
                return Cell.of(column.mean(finite.mean()));
            }
            String count = finite.count() + " of " + values.length;
            return Cell.of(
                    finite.count() == 0 ? "∞" : column.mean(finite.mean()),
                    infinite == 0 ? count : count + " (" + infinite + " × ∞)");
        }

        /** For a reader: a dash for no control. */
        public String controlShown() {
            return control.isEmpty() ? Numbers.NONE : control;
        }
    }

    static EditSummaryTable of(List<EditEntry> entries) {
        List<EditColumn> columns = EditColumn.of(entries);
        Map<List<String>, List<EditEntry>> groups = new LinkedHashMap<>();
        for (EditEntry entry : entries) {
            groups.computeIfAbsent(List.of(entry.method(), entry.control()), key -> new ArrayList<>())
                    .add(entry);
        }
        List<Row> rows = new ArrayList<>();
        groups.forEach((key, group) -> rows.add(Row.of(key.get(0), key.get(1), group, columns)));
        return new EditSummaryTable(columns, List.copyOf(rows));
    }

    List<String> labels() {
        return columns.stream().map(EditColumn::label).toList();
    }

    /** Whether there is a mean that is not of all rows. */
    boolean partial() {
        return rows.stream().flatMap(row -> row.cells().stream()).anyMatch(cell -> !cell.detail()
                .isEmpty());
    }

    /** The table for a terminal; below it what its means leave out; with a line break at its end. */
    String text() {
        List<String> header = new ArrayList<>(List.of("method", "control", "n", "failed"));
        header.addAll(labels());
        TextTable table = new TextTable(Set.of("method", "control"), header);
        StringBuilder counts = new StringBuilder();
        for (Row row : rows) {
            List<String> line = new ArrayList<>(List.of(
                    row.method(), row.controlShown(), Integer.toString(row.done()), Integer.toString(row.failed())));
            List<String> details = new ArrayList<>();
            for (int i = 0; i < columns.size(); i++) {
                Cell cell = row.cells().get(i);
                boolean whole = cell.detail().isEmpty();
                line.add(whole ? cell.text() : cell.text() + " *");
                if (!whole) {
                    details.add(columns.get(i).label() + ": " + cell.detail());
                }
            }
            table.add(line);
            if (!details.isEmpty()) {
                counts.append("* rows with a finite number, ")
                        .append(row.method())
                        .append(row.control().isEmpty() ? "" : " with " + row.control())
                        .append(": ")
                        .append(String.join(", ", details))
                        .append('\n');
            }
        }
        return table.aligned(Terminal.columns()) + counts;
    }
}
