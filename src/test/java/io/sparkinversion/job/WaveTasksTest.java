package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.job.WaveTasks.Known;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class WaveTasksTest {
    /** As null-text inversion and negative-prompt inversion differ in the paper. */
    private static final int HEAVY = 28;

    @Test
    void aFewHeavyImagesAreMadeUpForByManyLightOnes() {
        long[] work = work(280, 8);

        // Dealt by number, two of the tasks would have three of the heavy ones each.
        assertThat(loads(work, 3)).containsExactlyInAnyOrder(93L, 93L, 94L);
    }

    @Test
    void noTaskHasMoreThanOneImageMoreThanItsShare() {
        Random random = new Random(5);
        for (int trial = 0; trial < 200; trial++) {
            long[] work = random.longs(1 + random.nextInt(300), 0, HEAVY + 1).toArray();
            int tasks = 1 + random.nextInt(20);
            long[] loads = loads(work, tasks);
            long share = LongStream.of(work).sum() / tasks;
            assertThat(LongStream.of(loads).max().orElseThrow()).isLessThanOrEqualTo(share + HEAVY);
            assertThat(LongStream.of(loads).sum()).isEqualTo(LongStream.of(work).sum());
        }
    }

    @Test
    void imagesOfEqualWorkGoToAllTasksAlikeEvenIfItIsNone() {
        long[] rows = IntStream.range(0, 50).mapToLong(i -> 1_000 + 3L * i).toArray();
        WaveTasks dealt = WaveTasks.deal(rows, new long[50], 4);

        assertThat(IntStream.of(dealt.tasks()).mapToObj(task -> task).distinct().count())
                .isEqualTo(4);
        for (int task = 0; task < 4; task++) {
            int one = task;
            assertThat(LongStream.of(rows).filter(row -> dealt.task(row) == one).count())
                    .isBetween(12L, 13L);
        }
    }

    @Test
    void imagesOfOneShapeStayTogetherAsFarAsATaskHasRoom() {
        List<Known> images = new ArrayList<>();
        for (int i = 0; i < 96; i++) {
            images.add(new Known(i, 1, i % 4 == 0 ? null : "shape " + i % 4));
        }

        WaveTasks dealt = WaveTasks.deal(images, 8, 12);

        for (int task = 0; task < 12; task++) {
            int one = task;
            assertThat(images.stream().filter(image -> dealt.task(image.row()) == one))
                    .hasSize(8)
                    .extracting(Known::shape)
                    .containsOnly(images.get((int) dealt.rows()[
                                    IntStream.range(0, 96)
                                            .filter(i -> dealt.tasks()[i] == one)
                                            .findFirst()
                                            .orElseThrow()])
                            .shape());
        }
    }

    @Test
    void rareShapesFillTheTasksUp() {
        Random random = new Random(8);
        for (int trial = 0; trial < 100; trial++) {
            List<Known> images = new ArrayList<>();
            int count = 1 + random.nextInt(200);
            for (int i = 0; i < count; i++) {
                images.add(new Known(i, 1, "shape " + random.nextInt(1 + random.nextInt(30))));
            }
            int tasks = 1 + random.nextInt(10);
            int together = (count + tasks - 1) / tasks;

            WaveTasks dealt = WaveTasks.deal(images, together, tasks);

            long[] loads = new long[tasks];
            images.forEach(image -> loads[dealt.task(image.row())]++);
            assertThat(LongStream.of(loads).max().orElseThrow()).isLessThanOrEqualTo(2L * together);
        }
    }

    private static long[] work(int total, int heavy) {
        long[] work = new long[heavy + total - HEAVY * heavy];
        Arrays.fill(work, 1);
        // Side by side, as in a dataset that is sorted by what is to be done.
        Arrays.fill(work, 5, 5 + heavy, HEAVY);
        return work;
    }

    private static long[] loads(long[] work, int tasks) {
        long[] rows =
                LongStream.range(0, work.length).map(i -> work.length - 1 - i).toArray();
        WaveTasks dealt = WaveTasks.deal(rows, work, tasks);
        long[] loads = new long[tasks];
        for (int i = 0; i < rows.length; i++) {
            loads[dealt.task(rows[i])] += work[i];
        }
        return loads;
    }
}
