package io.sparkinversion.evaluation.edits;

import io.sparkinversion.evaluation.edits.MeasuredEdit.Entry;
import io.sparkinversion.report.Estimate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * An editing run in numbers that compare: all means of a group are over the same entries, those that every approach with
 * a result has a finite number for.
 *
 * @param baseline what the differences are to
 * @param measures that were taken
 * @param groups all entries, then those of each category
 */
record EditTable(Approach baseline, List<Measure> measures, List<Group> groups) {
    private static final String PREFERRED_METHOD = "negative-prompt";
    private static final String PREFERRED_CONTROL = "prompt-to-prompt";

    /**
     * @param category null for all entries
     * @param entries that were asked for
     * @param lines one for each approach
     */
    record Group(String category, int entries, List<Line> lines) {
        Line of(Approach approach) {
            return lines.stream()
                    .filter(line -> line.approach().equals(approach))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /**
     * @param done entries with an edit
     * @param failed entries without one
     * @param means over the entries that all approaches have
     * @param differences to the baseline, entry by entry, over the same
     */
    record Line(
            Approach approach, int done, int failed, Map<Measure, Estimate> means, Map<Measure, Estimate> differences) {
        double mean(Measure measure) {
            return means.get(measure).mean();
        }

        boolean has(Measure measure) {
            return means.containsKey(measure) && means.get(measure).count() > 0;
        }
    }

    /** @param approaches in the order to show */
    static EditTable of(List<MeasuredEdit> edits, List<Approach> approaches) {
        Approach baseline = approaches.stream()
                .filter(each ->
                        each.method().equals(PREFERRED_METHOD) && each.control().equals(PREFERRED_CONTROL))
                .findFirst()
                .orElse(approaches.get(0));
        List<Measure> measures = List.of(Measure.values()).stream()
                .filter(measure -> edits.stream().anyMatch(edit -> !Double.isNaN(edit.value(measure))))
                .toList();
        List<Group> groups = new ArrayList<>();
        groups.add(group(null, edits, approaches, baseline, measures));
        edits.stream()
                .map(MeasuredEdit::category)
                .filter(Objects::nonNull)
                .distinct()
                .sorted(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()))
                .forEach(category -> groups.add(group(
                        category,
                        edits.stream()
                                .filter(edit -> category.equals(edit.category()))
                                .toList(),
                        approaches,
                        baseline,
                        measures)));
        return new EditTable(baseline, measures, List.copyOf(groups));
    }

    Group all() {
        return groups.get(0);
    }

    private static Group group(
            String category,
            List<MeasuredEdit> edits,
            List<Approach> approaches,
            Approach baseline,
            List<Measure> measures) {
        Map<Approach, Map<Entry, MeasuredEdit>> byApproach = new HashMap<>();
        for (Approach approach : approaches) {
            byApproach.put(
                    approach,
                    edits.stream()
                            .filter(edit -> edit.approach().equals(approach))
                            .collect(Collectors.toMap(MeasuredEdit::entry, edit -> edit)));
        }
        Set<Entry> entries =
                edits.stream().map(MeasuredEdit::entry).collect(Collectors.toCollection(LinkedHashSet::new));
        Map<Measure, List<Entry>> shared = new EnumMap<>(Measure.class);
        for (Measure measure : measures) {
            shared.put(measure, shared(entries, byApproach, measure));
        }
        List<Line> lines = approaches.stream()
                .map(approach -> line(approach, byApproach.get(approach), byApproach.get(baseline), shared))
                .toList();
        return new Group(category, entries.size(), lines);
    }

    /** The entries that every approach with any number of this measure has one for. */
    private static List<Entry> shared(
            Set<Entry> entries, Map<Approach, Map<Entry, MeasuredEdit>> byApproach, Measure measure) {
        List<Map<Entry, MeasuredEdit>> measured = byApproach.values().stream()
                .filter(edits -> edits.values().stream().anyMatch(edit -> isFinite(edit, measure)))
                .toList();
        return entries.stream()
                .filter(entry -> measured.stream().allMatch(edits -> isFinite(edits.get(entry), measure)))
                .toList();
    }

    private static boolean isFinite(MeasuredEdit edit, Measure measure) {
        return edit != null && edit.done() && Double.isFinite(edit.value(measure));
    }

    private static Line line(
            Approach approach,
            Map<Entry, MeasuredEdit> own,
            Map<Entry, MeasuredEdit> baseline,
            Map<Measure, List<Entry>> shared) {
        Map<Measure, Estimate> means = new EnumMap<>(Measure.class);
        Map<Measure, Estimate> differences = new EnumMap<>(Measure.class);
        shared.forEach((measure, entries) -> {
            double[] values = values(own, entries, measure);
            means.put(measure, Estimate.of(values));
            differences.put(measure, Estimate.ofDifferences(values, values(baseline, entries, measure)));
        });
        int done = (int) own.values().stream().filter(MeasuredEdit::done).count();
        return new Line(approach, done, own.size() - done, means, differences);
    }

    /** NaN for an approach without any number. */
    private static double[] values(Map<Entry, MeasuredEdit> edits, List<Entry> entries, Measure measure) {
        return entries.stream()
                .mapToDouble(entry ->
                        isFinite(edits.get(entry), measure) ? edits.get(entry).value(measure) : Double.NaN)
                .toArray();
    }
}
