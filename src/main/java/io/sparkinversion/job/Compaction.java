package io.sparkinversion.job;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which of a run's waves become one as they age, so that a long run does not leave thousands of small files: whenever
 * {@value #WAVES_JOINED} of the same age are committed they are replaced by one, and so are the results of that. A row
 * is copied as often as the run's waves have powers of {@value #WAVES_JOINED}: twice where there are a thousand.
 */
final class Compaction {
    static final int WAVES_JOINED = 16;

    private final SortedMap<Integer, List<Wave>> byAge = new TreeMap<>();
    private int number;

    /** @param number of the first wave that takes the place of others; larger than any in use or planned */
    Compaction(int number) {
        this.number = number;
    }

    /** Beyond all numbers of a plan. */
    static Compaction of(WavePlan plan) {
        int last = plan.waves().stream().mapToInt(Wave::last).max().orElse(-1);
        return new Compaction(last + 1);
    }

    /**
     * A wave of this run has been committed.
     *
     * @param age 0 for one that was computed, else one more than that of the waves whose place it took
     * @return the wave that is to take the place of it and of others; null if it is not yet time
     */
    synchronized Wave committed(Wave wave, int age) {
        List<Wave> alike = byAge.computeIfAbsent(age, any -> new ArrayList<>());
        alike.add(wave);
        if (alike.size() < WAVES_JOINED) {
            return null;
        }
        SortedSet<Integer> replaces = new TreeSet<>();
        alike.forEach(each -> replaces.add(each.number()));
        long images = alike.stream().mapToLong(Wave::size).sum();
        alike.clear();
        return new Wave(number++, 0, images, replaces);
    }
}
