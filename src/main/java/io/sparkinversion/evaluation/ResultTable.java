package io.sparkinversion.evaluation;

import io.sparkinversion.report.Cell;
import io.sparkinversion.report.Numbers;
import io.sparkinversion.report.TextTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The table.
 *
 * @param rows for each method in the order asked for, its step counts upwards
 * @param published of the paper, where they compare
 */
record ResultTable(List<MethodRow> rows, List<Published> published) {
    static ResultTable of(Evaluation evaluation) {
        List<MethodRow> rows = new ArrayList<>();
        for (String method : evaluation.methods()) {
            for (int steps : stepsOf(evaluation, method)) {
                List<Measurement> baseline = evaluation.at(Evaluation.BASELINE, steps);
                rows.add(MethodRow.of(method, steps, evaluation.at(method, steps), baseline));
            }
        }
        return new ResultTable(List.copyOf(rows), Published.beside(evaluation));
    }

    List<MethodRow> at(int steps) {
        return rows.stream().filter(row -> row.steps() == steps).toList();
    }

    /**
     * These rows, and below them the paper's.
     *
     * @param name how a method's name is written
     * @param heading of a column
     * @param cell how a cell is written
     * @param mark stands behind the names of the paper's methods
     */
    TextTable text(
            List<Column> columns,
            UnaryOperator<String> name,
            Function<Column, String> heading,
            Function<Cell, String> cell,
            String mark) {
        List<String> header = new ArrayList<>(List.of("method", "steps"));
        columns.forEach(column -> header.add(heading.apply(column)));
        TextTable text = new TextTable(Set.of("method"), header);
        for (MethodRow row : rows) {
            List<String> line = new ArrayList<>(List.of(name.apply(row.method()), Numbers.steps(row.steps())));
            columns.forEach(column -> line.add(cell.apply(column.cell().apply(row))));
            text.add(line);
        }
        for (Published row : published) {
            List<String> line =
                    new ArrayList<>(List.of(name.apply(row.method()) + mark, Numbers.steps(Published.STEPS)));
            columns.forEach(column -> line.add(row.figure(column)));
            text.add(line);
        }
        return text;
    }

    List<MethodRow> of(String method) {
        return rows.stream().filter(row -> row.method().equals(method)).toList();
    }

    /** What was asked for and what was found. The autoencoder has no steps of its own, so only what was found. */
    private static Set<Integer> stepsOf(Evaluation evaluation, String method) {
        Set<Integer> steps = new TreeSet<>();
        for (Measurement measurement : evaluation.measurements()) {
            if (measurement.method().equals(method)) {
                steps.add(measurement.steps());
            }
        }
        if (steps.isEmpty() || !method.equals(Evaluation.VAE)) {
            steps.addAll(evaluation.steps());
        }
        return steps;
    }
}
