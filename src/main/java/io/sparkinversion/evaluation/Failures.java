package io.sparkinversion.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The images that failed with one error code.
 *
 * @param code the error code
 * @param images each image's failed measurements
 */
public record Failures(String code, List<List<Measurement>> images) {
    private static final int EXAMPLES = 5;

    /** The most frequent first. */
    static List<Failures> of(Evaluation evaluation) {
        Map<String, Map<String, List<Measurement>>> byCode = new LinkedHashMap<>();
        for (Measurement one : evaluation.measurements()) {
            if (one.failed()) {
                byCode.computeIfAbsent(one.failure(), code -> new LinkedHashMap<>())
                        .computeIfAbsent(one.imageId(), id -> new ArrayList<>())
                        .add(one);
            }
        }
        return byCode.entrySet().stream()
                .map(entry -> new Failures(
                        entry.getKey(), List.copyOf(entry.getValue().values())))
                .sorted(Comparator.comparing(failures -> -failures.images().size()))
                .toList();
    }

    /** The first few images: id, caption, and what failed on it. */
    public List<String> examples() {
        return images.stream().limit(EXAMPLES).map(Failures::example).toList();
    }

    private static String example(List<Measurement> rows) {
        String caption = rows.get(0).caption();
        String methods = rows.stream().map(Measurement::method).distinct().collect(Collectors.joining(", "));
        String steps = rows.stream()
                .map(Measurement::steps)
                .distinct()
                .sorted()
                .map(String::valueOf)
                .collect(Collectors.joining(", "));
        boolean named = caption != null && !caption.isBlank();
        return rows.get(0).imageId() + (named ? ": " + caption : "") + " (" + methods + "; steps " + steps + ")";
    }
}
