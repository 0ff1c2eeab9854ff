package io.sparkinversion.nightly;

import io.sparkinversion.evaluation.Measurement;
import io.sparkinversion.nightly.Difference.Effect;
import io.sparkinversion.nightly.Run.Combination;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whether a run is as good as its baseline, and by which numbers.
 *
 * @param outcome the verdict
 * @param run name of the run
 * @param when it began, ISO-8601
 * @param codeVersion of what made it
 * @param baseline name of the run that it was compared with; null if there is none
 * @param baselineCodeVersion of what made the baseline; null if there is none
 * @param limits what counts as worse
 * @param differences settings in which the two differ
 * @param rows one for each method and step count of the run, in its order
 * @param notes further remarks, a sentence each
 */
public record Verdict(
        Outcome outcome,
        String run,
        String when,
        String codeVersion,
        String baseline,
        String baselineCodeVersion,
        Limits limits,
        List<Difference> differences,
        List<VerdictRow> rows,
        List<String> notes) {

    /** The verdict. */
    public enum Outcome {
        /** There was nothing to compare with; it is the baseline of later runs. */
        FIRST,
        PASS,
        FAIL;

        /** As files have it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Outcome of(String label) {
            return valueOf(label.toUpperCase(Locale.ROOT));
        }
    }

    public Verdict {
        differences = List.copyOf(differences);
        rows = List.copyOf(rows);
        notes = List.copyOf(notes);
    }

    /**
     * Of a run that has no baseline. It fails only where a method has no result for any image.
     *
     * @param notes why there is none
     */
    static Verdict first(Run run, Limits limits, List<String> notes) {
        List<VerdictRow> rows = run.combinations().stream()
                .map(combination -> VerdictRow.of(combination, run.at(combination)))
                .toList();
        return of(run, null, limits, List.of(), rows, notes);
    }

    /**
     * Of a run and its baseline.
     *
     * @param notes to be added to the verdict's own
     * @throws IllegalArgumentException if they are not comparable: see {@link #obstacle}
     */
    static Verdict of(Run run, Run baseline, Limits limits, List<String> notes) {
        obstacle(run.settings(), run.combinations(), baseline).ifPresent(reason -> {
            throw new IllegalArgumentException(
                    "the runs " + run.name() + " and " + baseline.name() + " are not comparable: " + reason);
        });
        List<Difference> differences = Difference.between(baseline.settings(), run.settings());
        Set<Effect> effects = differences.stream().map(Difference::effect).collect(Collectors.toSet());
        List<VerdictRow> rows = new ArrayList<>();
        for (Combination combination : run.combinations()) {
            List<Measurement> now = run.at(combination);
            rows.add(
                    baseline.combinations().contains(combination)
                            ? VerdictRow.of(combination, baseline.at(combination), now, effects, limits)
                            : VerdictRow.of(combination, now));
        }
        return of(run, baseline, limits, differences, rows, notes(run, baseline, notes));
    }

    private static Verdict of(
            Run run,
            Run baseline,
            Limits limits,
            List<Difference> differences,
            List<VerdictRow> rows,
            List<String> notes) {
        boolean failed = rows.stream().anyMatch(row -> !row.breaches().isEmpty());
        return new Verdict(
                failed ? Outcome.FAIL : baseline == null ? Outcome.FIRST : Outcome.PASS,
                run.name(),
                run.when(),
                run.codeVersion(),
                baseline == null ? null : baseline.name(),
                baseline == null ? null : baseline.codeVersion(),
                limits,
                differences,
                rows,
                notes);
    }

    /**
     * Why a run with the settings and combinations cannot be compared with the baseline; empty where it can. Another
     * model, precision or code version is no obstacle: to try those is what nightly runs are for.
     */
    static Optional<String> obstacle(Map<String, String> settings, List<Combination> combinations, Run baseline) {
        List<String> reasons = Difference.between(baseline.settings(), settings).stream()
                .filter(difference -> difference.effect() == Effect.ALL)
                .map(Difference::toString)
                .toList();
        if (!reasons.isEmpty()) {
            return Optional.of(String.join("; ", reasons));
        }
        Set<Combination> shared = new HashSet<>(combinations);
        shared.retainAll(baseline.combinations());
        return shared.isEmpty()
                ? Optional.of("no method at the same number of steps is in both (" + joined(baseline.combinations())
                        + " in the baseline, " + joined(combinations) + " now)")
                : Optional.empty();
    }

    /** All that it fails by. */
    List<VerdictRow> failedRows() {
        return rows.stream().filter(row -> !row.breaches().isEmpty()).toList();
    }

    /** For people: {@code verdict.md}. */
    String markdown() {
        return VerdictText.markdown(this);
    }

    /** For a terminal. */
    String text() {
        return VerdictText.plain(this);
    }

    /** For programs: {@code verdict.json}. */
    String json() {
        return VerdictJson.of(this);
    }

    private static List<String> notes(Run run, Run baseline, List<String> given) {
        List<String> notes = new ArrayList<>(given);
        List<Combination> dropped = baseline.combinations().stream()
                .filter(combination -> !run.combinations().contains(combination))
                .toList();
        if (!dropped.isEmpty()) {
            notes.add("In the baseline and not asked for now: " + joined(dropped) + ".");
        }
        List<Combination> added = run.combinations().stream()
                .filter(combination -> !baseline.combinations().contains(combination))
                .toList();
        if (!added.isEmpty()) {
            notes.add("Not in the baseline, so not compared: " + joined(added) + ".");
        }
        return notes;
    }

    private static String joined(List<Combination> combinations) {
        return combinations.stream().map(Combination::toString).collect(Collectors.joining(", "));
    }
}
