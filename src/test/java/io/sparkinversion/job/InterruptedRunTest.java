package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.output.Table;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class InterruptedRunTest {
    private static final int SLOTS = SparkTestSession.session().sparkContext().defaultParallelism();

    @TempDir
    private Path folder;

    /** Interrupts the run when all of Spark's tasks work on images that never end; how it ended. */
    private static Throwable interrupted(JobFixture job) throws Exception {
        CompletableFuture<Throwable> ended = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                job.run();
                ended.complete(null);
            } catch (Throwable e) {
                ended.complete(e);
            }
        });
        thread.start();
        while (job.processor().held() < SLOTS && thread.isAlive()) {
            Thread.sleep(5);
        }
        thread.interrupt();
        return ended.get();
    }

    /** Also of waves that were not yet written: the tasks that were still computing had the places for that. */
    @Test
    void imagesOfComputedWavesAreKept() throws Exception {
        JobFixture job = new JobFixture(folder).withImages(16);
        // The fourth wave begins when one of the three before is committed.
        job.processor().holdFrom("i12");

        Throwable end = interrupted(job);
        int kept = JobFixture.WAVE_SIZE * job.committedWaves().size();
        assertThat(kept).isBetween(4, 12);
        assertThat(end)
                .isInstanceOf(RunInterrupted.class)
                .hasMessage("interrupted; run the same command again to resume: " + kept
                        + " of 16 images are kept, the others will be computed again");
        assertThat(folder.resolve("out/_lock.json")).doesNotExist();

        job.processor().takeComputed();
        job.processor().holdFrom(null);
        assertThat(job.run().reused()).isEqualTo(kept);
        assertThat(job.processor().takeComputed()).hasSize(16 - kept);
    }

    @Test
    void wavesOfNoSizeAreSmallAtFirstAndGrow() throws Exception {
        JobFixture job = new JobFixture(folder).withImages(80).paced();

        RunSummary summary = job.run();

        assertThat(summary.images()).isEqualTo(80);
        assertThat(job.printed()).contains("80 images to compute in waves of about half a minute\n");
        assertThat(job.rows(Table.METRICS)).hasSize(160);
        assertThat(job.committedWaves())
                .as("pieces of 4: the first waves, and few for the rest")
                .contains(0, 1, 2);
        assertThat(job.committedWaves().size()).isLessThan(10);
        job.processor().takeComputed();
        assertThat(job.run().reused()).isEqualTo(80);
        assertThat(job.processor().takeComputed()).isEmpty();
    }

    @Test
    void aPacedRunThatIsInterruptedGoesOn() throws Exception {
        JobFixture job = new JobFixture(folder).withImages(40).paced();
        job.processor().holdFrom("i20");
        assertThat(interrupted(job)).isInstanceOf(RunInterrupted.class);
        job.processor().holdFrom(null);

        RunSummary summary = job.run();

        assertThat(summary.images()).isEqualTo(40);
        assertThat(job.rows(Table.METRICS)).hasSize(80).doesNotHaveDuplicates();
        assertThat(summary.reused()).isPositive().isLessThanOrEqualTo(20);
    }
}
