package io.sparkinversion.weights;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** The error for a tensor that a source does not have, with the likeliest misspellings as a hint. */
final class MissingTensor {

    // Bounds on the search: checkpoints have some thousand names, hostile files may have millions.
    private static final int MAX_CANDIDATES = 5_000;
    private static final int MAX_NAME_LENGTH = 200;
    private static final int HINTS = 3;

    private MissingTensor() {}

    static WeightsException exception(String name, String description, Collection<String> names) {
        List<String> nearest = nearest(name, names);
        String hint = nearest.isEmpty()
                ? (names.isEmpty() ? "; it has no tensors" : "; it has " + names.size() + " others")
                : "; nearest: " + String.join(", ", nearest);
        return new WeightsException("no tensor '" + name + "' in " + description + hint);
    }

    private static List<String> nearest(String name, Collection<String> names) {
        record Candidate(String name, int distance) {}
        if (name.length() > MAX_NAME_LENGTH) {
            return List.of();
        }
        return names.stream()
                .limit(MAX_CANDIDATES)
                .filter(other -> other.length() <= MAX_NAME_LENGTH)
                .map(other -> new Candidate(other, distance(name, other)))
                .sorted(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
                .limit(HINTS)
                .map(Candidate::name)
                .toList();
    }

    /** Levenshtein distance. */
    private static int distance(String left, String right) {
        int[] row = new int[right.length() + 1];
        for (int j = 0; j <= right.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.length(); j++) {
                int substituted = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[right.length()];
    }
}
