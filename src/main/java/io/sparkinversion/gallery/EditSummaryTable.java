package io.sparkinversion.gallery;

import io.sparkinversion.report.AlignedText;
import io.sparkinversion.report.Cell;
import io.sparkinversion.report.Numbers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** An editing run in a few lines: for each method and control the means of its numbers, failed rows left out. */
public final class EditSummaryTable {
    private static final int NAMES = 2;
    private static final String MARK = " *";

    private final List<EditColumn> columns;
    private final List<Row> rows;

    private EditSummaryTable(List<EditColumn> columns, List<Row> rows) {
        this.columns = columns;
        this.rows = rows;
    }

    /**
     * @param done rows with an edit
     * @param failed rows without one
     * @param means over the rows with an edit, by column label, in the order to show
     */
    public record Row(String method, String control, int done, int failed, Map<String, Mean> means) {
        private String name() {
            return control.isEmpty() ? method : method + " with " + control;
        }
    }

    /**
     * @param value over the finite numbers; NaN where there are none
     * @param count finite numbers
     * @param infinite such as the PSNR of equal pictures: left out of the mean
     */
    public record Mean(double value, int count, int infinite) {
        private static Mean of(EditColumn column, List<EditEntry> entries) {
            double sum = 0;
            int count = 0;
            int infinite = 0;
            for (EditEntry entry : entries) {
                double value = column.value(entry);
                infinite += Double.isInfinite(value) ? 1 : 0;
                if (Double.isFinite(value)) {
                    sum += value;
                    count++;
                }
            }
            return new Mean(sum / count, count, infinite); // 0.0 / 0 is NaN
        }

        /** Whether it says less than a reader would think: not all rows are in it. */
        private boolean partial(int done) {
            return count < done && count + infinite > 0;
        }
    }

    /** In the order in which methods and controls come first. */
    public static EditSummaryTable of(List<EditEntry> entries) {
        List<EditColumn> columns = EditColumn.of(entries);
        Map<List<String>, List<EditEntry>> groups = new LinkedHashMap<>();
        for (EditEntry entry : entries) {
            groups.computeIfAbsent(List.of(entry.method(), entry.control()), key -> new ArrayList<>())
                    .add(entry);
        }
        List<Row> rows = new ArrayList<>();
        groups.forEach((key, group) -> {
            List<EditEntry> done =
                    group.stream().filter(entry -> !entry.failed()).toList();
            Map<String, Mean> means = new LinkedHashMap<>();
            columns.forEach(column -> means.put(column.label(), Mean.of(column, done)));
            rows.add(new Row(key.get(0), key.get(1), done.size(), group.size() - done.size(), means));
        });
        return new EditSummaryTable(columns, List.copyOf(rows));
    }

    public List<Row> rows() {
        return rows;
    }

    List<EditColumn> columns() {
        return columns;
    }

    /** The table for a terminal, aligned; below it what its means leave out; with a line break at its end. */
    public String text() {
        List<List<String>> lines = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of("method", "control", "n", "failed"));
        columns.forEach(column -> header.add(column.label()));
        lines.add(header);
        for (Row row : rows) {
            List<String> line = new ArrayList<>(List.of(
                    row.method(),
                    row.control().isEmpty() ? Numbers.NONE : row.control(),
                    Integer.toString(row.done()),
                    Integer.toString(row.failed())));
            for (EditColumn column : columns) {
                Cell cell = cell(row, column);
                line.add(cell.detail().isEmpty() ? cell.text() : cell.text() + MARK);
            }
            lines.add(line);
        }
        StringBuilder text = new StringBuilder(AlignedText.of(lines, NAMES));
        for (Row row : rows) {
            String counts = columns.stream()
                    .map(column -> Map.entry(column.label(), cell(row, column).detail()))
                    .filter(count -> !count.getValue().isEmpty())
                    .map(count -> count.getKey() + ": " + count.getValue())
                    .collect(Collectors.joining(", "));
            if (!counts.isEmpty()) {
                text.append("* rows with a finite number, ")
                        .append(row.name())
                        .append(": ")
                        .append(counts)
                        .append('\n');
            }
        }
        return text.toString();
    }

    /** Whether there is a mean that is not of all rows. */
    boolean partial() {
        return rows.stream().anyMatch(row -> row.means().values().stream().anyMatch(mean -> mean.partial(row.done())));
    }

    /** The mean, and in the detail what it leaves out. */
    static Cell cell(Row row, EditColumn column) {
        Mean mean = row.means().get(column.label());
        if (!mean.partial(row.done())) {
            return Cell.of(column.mean(mean.value()));
        }
        String count = mean.count() + " of " + row.done();
        return Cell.of(
                mean.count() == 0 ? "∞" : column.mean(mean.value()),
                mean.infinite() == 0 ? count : count + " (" + mean.infinite() + " × ∞)");
    }
}
