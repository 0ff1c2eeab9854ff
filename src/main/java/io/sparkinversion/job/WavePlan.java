package io.sparkinversion.job;

import io.sparkinversion.job.Comparison.Count;
import io.sparkinversion.job.Comparison.Work;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which waves a run writes, and which rows go into them.
 *
 * @param waves to be written, in order
 * @param targets the wave of every group of rows that stays in the output
 * @param sizes images of every wave of the output, those that stay as they are included
 * @param reused images whose results stay as they are
 * @param gone images whose results are dropped because the dataset no longer has them
 */
record WavePlan(List<Wave> waves, Map<Group, Integer> targets, SortedMap<Integer, Long> sizes, long reused, long gone) {

    /** Copying finished rows is cheap but not free: a replacement takes at most this many waves' worth of them. */
    private static final long KEPT_WAVES = 8;

    /**
     * Rows that stay together.
     *
     * @param work what is to be done with them
     * @param origin for new rows the wave of the manifest, for all others the wave that holds them
     */
    record Group(Work work, int origin) implements Serializable {}

    /**
     * New rows keep the manifest's waves, small ones joined. A wave that holds rows to be redone or dropped is
     * replaced; several are replaced at once as long as their redone rows fit into one wave, so that a few failures all
     * over a large run do not become a wave each.
     *
     * @param counts what the comparison of manifest and output found
     * @param firstNumber of the waves to be written; larger than any number in use
     * @param imagesPerWave most new images that a wave computes
     * @param imagesPerReplacement most images that are redone at once, where several waves are replaced
     */
    static WavePlan of(List<Count> counts, int firstNumber, int imagesPerWave, int imagesPerReplacement) {
        Builder builder = new Builder(firstNumber, imagesPerWave, imagesPerReplacement);
        SortedMap<Integer, Holding> holdings = new TreeMap<>();
        for (Count count : counts) {
            if (count.work() == Work.NEW) {
                builder.fresh.merge(count.origin(), count.images(), Long::sum);
            } else {
                holdings.computeIfAbsent(count.origin(), wave -> new Holding()).add(count);
            }
        }
        builder.addFreshWaves();
        builder.addReplacements(holdings);
        long reused =
                holdings.values().stream().mapToLong(holding -> holding.kept).sum();
        long gone =
                holdings.values().stream().mapToLong(holding -> holding.gone).sum();
        return new WavePlan(List.copyOf(builder.waves), builder.targets, builder.sizes, reused, gone);
    }

    /** Images to be computed. */
    long images() {
        return waves.stream().mapToLong(Wave::images).sum();
    }

    /** Images in the output once all waves are written. */
    long total() {
        return images() + reused;
    }

    /** What a committed wave holds, seen from the manifest. */
    private static final class Holding {
        private long kept;
        private long redo;
        private long gone;

        long images() {
            return kept + redo + gone;
        }

        void add(Count count) {
            switch (count.work()) {
                case REUSED -> kept += count.images();
                case REDO -> redo += count.images();
                case GONE -> gone += count.images();
                case NEW -> throw new IllegalArgumentException("new rows are in no wave yet");
            }
        }
    }

    private static final class Builder {
        private final int imagesPerWave;
        private final int imagesPerReplacement;
        private final SortedMap<Integer, Long> fresh = new TreeMap<>();
        private final List<Wave> waves = new ArrayList<>();
        private final Map<Group, Integer> targets = new LinkedHashMap<>();
        private final SortedMap<Integer, Long> sizes = new TreeMap<>();
        private int number;

        Builder(int firstNumber, int imagesPerWave, int imagesPerReplacement) {
            this.number = firstNumber;
            this.imagesPerWave = imagesPerWave;
            this.imagesPerReplacement = imagesPerReplacement;
        }

        void addFreshWaves() {
            long images = 0;
            for (Map.Entry<Integer, Long> entry : fresh.entrySet()) {
                if (images > 0 && images + entry.getValue() > imagesPerWave) {
                    close(images, 0, new TreeSet<>());
                    images = 0;
                }
                images += entry.getValue();
                place(new Group(Work.NEW, entry.getKey()), entry.getValue(), number);
            }
            if (images > 0) {
                close(images, 0, new TreeSet<>());
            }
        }

        void addReplacements(SortedMap<Integer, Holding> holdings) {
            long redo = 0;
            long kept = 0;
            SortedSet<Integer> replaces = new TreeSet<>();
            long mostKept = KEPT_WAVES
                    * Math.max(
                            imagesPerReplacement,
                            holdings.values().stream()
                                    .mapToLong(Holding::images)
                                    .max()
                                    .orElse(0));
            for (Map.Entry<Integer, Holding> entry : holdings.entrySet()) {
                int wave = entry.getKey();
                Holding holding = entry.getValue();
                if (holding.redo + holding.gone == 0) {
                    place(new Group(Work.REUSED, wave), holding.kept, wave);
                    continue;
                }
                boolean full = redo + holding.redo > imagesPerReplacement || kept + holding.kept > mostKept;
                if (full && !replaces.isEmpty()) {
                    close(redo, kept, replaces);
                    redo = 0;
                    kept = 0;
                    replaces = new TreeSet<>();
                }
                redo += holding.redo;
                kept += holding.kept;
                replaces.add(wave);
                place(new Group(Work.REDO, wave), holding.redo, number);
                place(new Group(Work.REUSED, wave), holding.kept, number);
            }
            if (!replaces.isEmpty()) {
                close(redo, kept, replaces);
            }
        }

        private void place(Group group, long images, int wave) {
            targets.put(group, wave);
            sizes.merge(wave, images, Long::sum);
        }

        private void close(long images, long kept, SortedSet<Integer> replaces) {
            waves.add(new Wave(number++, images, kept, replaces));
        }
    }
}
