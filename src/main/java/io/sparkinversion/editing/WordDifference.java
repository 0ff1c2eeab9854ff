package io.sparkinversion.editing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * In which words two prompts differ. Case, and punctuation around words, make no difference.
 *
 * @param removed words of the source that the target does not have in their place
 * @param added words of the target that the source does not have there
 */
public record WordDifference(List<String> removed, List<String> added) {

    /** By the alignment that keeps the most words in place. */
    public static WordDifference between(String source, String target) {
        List<String> before = Words.of(source);
        List<String> after = Words.of(target);
        Map<String, Long> ids = new HashMap<>();
        int[] aligned = SequenceAligner.align(ids(before, ids), ids(after, ids));
        List<String> added = new ArrayList<>();
        boolean[] kept = new boolean[before.size()];
        for (int word = 0; word < aligned.length; word++) {
            if (aligned[word] == SequenceAligner.NEW) {
                added.add(after.get(word));
            } else {
                kept[aligned[word]] = true;
            }
        }
        List<String> removed = new ArrayList<>();
        for (int word = 0; word < kept.length; word++) {
            if (!kept[word]) {
                removed.add(before.get(word));
            }
        }
        return new WordDifference(List.copyOf(removed), List.copyOf(added));
    }

    private static long[] ids(List<String> words, Map<String, Long> ids) {
        return words.stream()
                .mapToLong(word -> ids.computeIfAbsent(Words.bare(word), bare -> (long) ids.size()))
                .toArray();
    }
}
