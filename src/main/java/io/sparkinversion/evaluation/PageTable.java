package io.sparkinversion.evaluation;

import io.sparkinversion.report.Cell;
import io.sparkinversion.report.Estimate;
import io.sparkinversion.report.HtmlPage;
import io.sparkinversion.report.Numbers;
import io.sparkinversion.report.Share;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The page's table. Its cells carry the exact values, by which the page's script sorts.
 *
 * @param first the step count that it opens with, or {@code all}
 * @param stepCounts all of them, upwards
 * @param csv {@code data:} address of table.csv
 * @param groups headings above headings, with the number of columns below each
 * @param headings method and steps first
 * @param lines a method at a step count each
 * @param published lines of the paper
 * @param source where these are from
 */
public record PageTable(
        String first,
        List<Integer> stepCounts,
        String csv,
        Map<String, Integer> groups,
        List<Heading> headings,
        List<Line> lines,
        List<Line> published,
        String source) {
    /** With more rows the table opens at the main step count. */
    private static final int MOST_ROWS_AT_ONCE = 12;

    /**
     * @param key names the column in the page's address
     * @param style CSS class
     * @param text its heading
     * @param explanation one sentence
     */
    public record Heading(String key, String style, String text, String explanation) {}

    /**
     * @param stepsShown the number, or a dash for the autoencoder
     * @param cells for the headings behind method and steps
     */
    public record Line(String method, int steps, String stepsShown, List<Value> cells) {}

    /**
     * @param shown what the cell shows
     * @param exact to sort by; empty if there is none
     * @param hint what a pointer over the cell shows: an interval that would make the table too wide; or empty
     */
    public record Value(Cell shown, String exact, String hint) {}

    static PageTable of(Evaluation evaluation, ResultTable table) {
        List<Column> columns = Column.of(evaluation);
        Map<String, Integer> groups = new LinkedHashMap<>();
        columns.forEach(column -> groups.merge(column.group().heading(), 1, Integer::sum));
        List<Heading> headings = new ArrayList<>();
        headings.add(new Heading("method", "name", "method", "the method, with its settings"));
        headings.add(new Heading("steps", "beside", "steps", "DDIM steps"));
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            headings.add(new Heading(column.key(), style(columns, i), column.header(), column.explanation()));
        }
        boolean many =
                table.rows().size() > MOST_ROWS_AT_ONCE && evaluation.steps().size() > 1;
        return new PageTable(
                many ? Integer.toString(evaluation.mainSteps()) : "all",
                List.copyOf(new TreeSet<>(evaluation.steps())),
                HtmlPage.dataAddress("text/csv", CsvTable.of(evaluation, table).getBytes(StandardCharsets.UTF_8)),
                groups,
                headings,
                table.rows().stream()
                        .map(row -> line(row.method(), row.steps(), columns, column -> value(row, column)))
                        .toList(),
                table.published().stream()
                        .map(row -> line(
                                row.method(),
                                Published.STEPS,
                                columns,
                                column -> new Value(Cell.of(row.figure(column)), "", "")))
                        .toList(),
                Published.SETTING);
    }

    private static Line line(String method, int steps, List<Column> columns, Function<Column, Value> value) {
        return new Line(
                method, steps, Numbers.steps(steps), columns.stream().map(value).toList());
    }

    /** The first column of each group has a line before it. */
    private static String style(List<Column> columns, int index) {
        boolean first = index == 0
                || columns.get(index).group() != columns.get(index - 1).group();
        return first ? "first" : "";
    }

    private static Value value(MethodRow row, Column column) {
        String hint =
                switch (column.key()) {
                    case "psnr-low" -> interval(row.lowPsnr());
                    case "lpips-high" -> interval(row.highLpips());
                    case "psnr-npi" -> pairs(row.psnrToBaseline());
                    case "lpips-npi" -> pairs(row.lpipsToBaseline());
                    case "psnr-vae" -> pairs(row.psnrToVae());
                    default -> "";
                };
        String exact = Numbers.exact(column.value().applyAsDouble(row));
        return new Value(column.cell().apply(row), exact, hint);
    }

    private static String interval(Share share) {
        return share.total() == 0
                ? ""
                : "95% interval: " + Numbers.percent(share.low()) + " to " + Numbers.percent(share.high());
    }

    private static String pairs(Estimate estimate) {
        return estimate.count() == 0 ? "" : "over " + Numbers.count(estimate.count(), "image");
    }
}
