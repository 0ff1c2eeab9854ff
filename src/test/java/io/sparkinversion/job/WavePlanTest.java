package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.sparkinversion.job.Comparison.Count;
import io.sparkinversion.job.Comparison.Work;
import io.sparkinversion.job.WavePlan.Group;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class WavePlanTest {
    @Test
    void aFirstRunKeepsTheManifestsWaves() {
        WavePlan plan = WavePlan.of(List.of(fresh(1, 4), fresh(0, 4), fresh(2, 1)), 0, 4, 4);

        assertThat(plan.waves()).containsExactly(wave(0, 4, 0), wave(1, 4, 0), wave(2, 1, 0));
        assertThat(plan.targets()).containsEntry(new Group(Work.NEW, 2), 2).hasSize(3);
        assertThat(plan.total()).isEqualTo(9);
    }

    @Test
    void whatIsLeftOfManyWavesIsJoined() {
        WavePlan plan = WavePlan.of(List.of(fresh(0, 1), fresh(3, 2), fresh(4, 1), fresh(7, 3)), 9, 4, 4);

        assertThat(plan.waves()).containsExactly(wave(9, 4, 0), wave(10, 3, 0));
        assertThat(plan.targets()).containsEntry(new Group(Work.NEW, 4), 9).containsEntry(new Group(Work.NEW, 7), 10);
    }

    @Test
    void anUntouchedWaveStays() {
        WavePlan plan = WavePlan.of(List.of(new Count(Work.REUSED, 5, 4)), 6, 4, 4);

        assertThat(plan.waves()).isEmpty();
        assertThat(plan.targets()).containsEntry(new Group(Work.REUSED, 5), 5);
        assertThat(plan.reused()).isEqualTo(4);
    }

    @Test
    void fewFailuresInManyWavesAreRedoneTogether() {
        WavePlan plan = WavePlan.of(
                List.of(
                        new Count(Work.REUSED, 0, 3),
                        new Count(Work.REDO, 0, 1),
                        new Count(Work.REUSED, 1, 4),
                        new Count(Work.REUSED, 2, 2),
                        new Count(Work.REDO, 2, 2),
                        new Count(Work.REUSED, 3, 2),
                        new Count(Work.REDO, 3, 2)),
                4,
                2,
                4);

        assertThat(plan.waves()).containsExactly(wave(4, 3, 5, 0, 2), wave(5, 2, 2, 3));
        assertThat(plan.targets())
                .containsEntry(new Group(Work.REUSED, 1), 1)
                .containsEntry(new Group(Work.REUSED, 2), 4)
                .containsEntry(new Group(Work.REDO, 3), 5);
        assertThat(plan.sizes()).containsExactly(entry(1, 4L), entry(4, 8L), entry(5, 4L));
        assertThat(plan.reused()).isEqualTo(11);
        assertThat(plan.total()).isEqualTo(16);
    }

    @Test
    void aReplacementCopiesAtMostEightWavesWorthOfRows() {
        List<Count> counts = new ArrayList<>();
        for (int wave = 0; wave < 20; wave++) {
            counts.add(new Count(Work.REUSED, wave, 100));
            counts.add(new Count(Work.REDO, wave, 1));
        }

        assertThat(WavePlan.of(counts, 20, 8, 100).waves())
                .extracting(Wave::kept)
                .containsExactly(800L, 800L, 400L);
    }

    @Test
    void largeWavesAreReplacedEightAtATime() {
        List<Count> counts = new ArrayList<>();
        for (int wave = 0; wave < 16; wave++) {
            counts.add(new Count(Work.REUSED, wave, 999));
            counts.add(new Count(Work.REDO, wave, 1));
        }

        assertThat(WavePlan.of(counts, 20, 8, 64).waves())
                .extracting(Wave::replaces)
                .extracting(SortedSet::size)
                .containsExactly(8, 8);
    }

    @Test
    void aWaveWhoseImagesAreAllGoneIsReplacedByAnEmptyOne() {
        WavePlan plan = WavePlan.of(List.of(new Count(Work.GONE, 0, 4)), 1, 4, 4);

        assertThat(plan.waves()).containsExactly(wave(1, 0, 0, 0));
        assertThat(plan.gone()).isEqualTo(4);
        assertThat(plan.total()).isZero();
    }

    private static Count fresh(int wave, long images) {
        return new Count(Work.NEW, wave, images);
    }

    private static Wave wave(int number, long images, long kept, Integer... replaces) {
        return new Wave(number, images, kept, new TreeSet<>(List.of(replaces)));
    }
}
