package io.sparkinversion.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The table's rows: for each method in the order asked for, its step counts upwards. */
record ResultTable(List<MethodRow> rows) {
    static ResultTable of(Evaluation evaluation) {
        List<MethodRow> rows = new ArrayList<>();
        for (String method : evaluation.methods()) {
            for (int steps : stepsOf(evaluation, method)) {
                List<Measurement> baseline = evaluation.at(Evaluation.BASELINE, steps);
                rows.add(MethodRow.of(method, steps, evaluation.at(method, steps), baseline));
            }
        }
        return new ResultTable(List.copyOf(rows));
    }

    List<MethodRow> at(int steps) {
        return rows.stream().filter(row -> row.steps() == steps).toList();
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
