package io.sparkinversion.nightly;

import io.sparkinversion.evaluation.Measurement;
import io.sparkinversion.report.Numbers;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One side of the comparison.
 *
 * @param name of the run
 * @param when it began, ISO-8601
 * @param codeVersion of what made it
 * @param settings by the name that messages use
 * @param combinations requested, in the order to show
 * @param measurements at most one for each image and combination
 */
record Run(
        String name,
        String when,
        String codeVersion,
        Map<String, String> settings,
        List<Combination> combinations,
        List<Measurement> measurements) {

    public Run {
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
        combinations = List.copyOf(combinations);
        measurements = List.copyOf(measurements);
    }

    /**
     * A method at a step count. Each is judged by itself.
     *
     * @param method with its settings
     * @param steps DDIM steps; 0 for the autoencoder alone
     */
    public record Combination(String method, int steps) {
        @Override
        public String toString() {
            return steps == 0 ? method : method + " at " + Numbers.count(steps, "step");
        }
    }

    List<Measurement> at(Combination combination) {
        return measurements.stream()
                .filter(one -> one.method().equals(combination.method()) && one.steps() == combination.steps())
                .toList();
    }
}
