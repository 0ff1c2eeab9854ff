package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.job.InversionJob;
import io.sparkinversion.job.Progress;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.job.SparkTestSession;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.worker.EngineRegistry;
import io.sparkinversion.worker.ImageOutcome;
import io.sparkinversion.worker.InversionWorker;
import io.sparkinversion.worker.WaveProcessor;
import io.sparkinversion.worker.WorkItem;
import io.sparkinversion.worker.WorkerMonitor;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What Spark costs: the share of the run's wall time in which a task slot does something else than reading, inverting,
 * reconstructing and measuring images, be it planning, moving rows, writing and committing tables, or waiting. The 100
 * sample images twice, with the embedded model, 50 steps, in a Spark that has run before. Run it by
 * {@code mvn -B -ntp test -Dtest=SparkShareBenchmark}.
 */
class SparkShareBenchmark {
    private static final int STEPS = 50;
    private static final int SAMPLES = 100;
    private static final double MOST = 0.05;

    @TempDir
    private Path folder;

    /** A worker and how long it has worked, over all tasks. */
    private record TimedWorker(WaveProcessor worker) implements WaveProcessor {
        private static final long serialVersionUID = 1L;
        private static final LongAdder NANOSECONDS = new LongAdder();
        private static final LongAccumulator FIRST = new LongAccumulator(Math::min, Long.MAX_VALUE);
        private static final LongAccumulator LAST = new LongAccumulator(Math::max, Long.MIN_VALUE);

        static void reset() {
            NANOSECONDS.reset();
            FIRST.reset();
            LAST.reset();
        }

        private static void count(long started) {
            long ended = System.nanoTime();
            NANOSECONDS.add(ended - started);
            FIRST.accumulate(started);
            LAST.accumulate(ended);
        }

        @Override
        public Iterator<ImageOutcome> process(Iterator<WorkItem> items, WorkerMonitor monitor) {
            long started = System.nanoTime();
            Iterator<ImageOutcome> outcomes = worker.process(items, monitor);
            count(started);
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    long asked = System.nanoTime();
                    boolean more = outcomes.hasNext();
                    count(asked);
                    return more;
                }

                @Override
                public ImageOutcome next() {
                    return outcomes.next();
                }
            };
        }
    }

    @Test
    void sparkTakesAFewPercent() throws IOException {
        run(SampleRun.of(2).first(16).settings(folder.resolve("warm-up")));
        TimedWorker.reset();

        long started = System.nanoTime();
        RunSummary summary = run(SampleRun.of(STEPS).of(samplesTwice()).settings(folder.resolve("out")));

        EngineRegistry.closeAll();
        assertThat(summary.failed()).isZero();
        int slots = SparkTestSession.session().sparkContext().defaultParallelism();
        double wall = summary.wallTime().toMillis() / 1e3;
        double worked = TimedWorker.NANOSECONDS.sum() / 1e9 / slots;
        double model = summary.methods().get(0).secondsAnImage() * summary.images() / slots;
        System.out.printf("%d images, %d task slots%n", summary.images(), slots);
        System.out.printf("wall time           %7.2f s%n", wall);
        System.out.printf("workers at work     %7.2f s a slot, %5.2f%%%n", worked, 100 * worked / wall);
        System.out.printf("of that, the model  %7.2f s a slot, %5.2f%%%n", model, 100 * model / wall);
        double planning = (TimedWorker.FIRST.get() - started) / 1e9;
        double computing = (TimedWorker.LAST.get() - TimedWorker.FIRST.get()) / 1e9;
        System.out.printf("Spark's share       %7.2f s, %13.2f%%%n", wall - worked, 100 * (1 - worked / wall));
        System.out.printf(
                "before the first image %.2f s, after the last %.2f s; between them a slot is without work for"
                        + " %.2f%% of the time%n",
                planning, wall - planning - computing, 100 * (1 - worked / computing));
        assertThat(1 - worked / wall).isLessThan(MOST);
    }

    private Path samplesTwice() throws IOException {
        Path data = Files.createDirectory(folder.resolve("data"));
        StringBuilder captions = new StringBuilder("path,caption\n");
        for (int i = 0; i < 2; i++) {
            Path images = Files.createDirectory(data.resolve("images-" + i));
            for (int number = 0; number < SAMPLES; number++) {
                String name = "%03d.png".formatted(number);
                Files.copy(SampleRun.SAMPLES.resolve("images").resolve(name), images.resolve(name));
                captions.append("images-%d/%s,an emoji%n".formatted(i, name));
            }
        }
        Files.writeString(data.resolve("captions.csv"), captions);
        return data;
    }

    private static RunSummary run(JobSettings settings) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        return InversionJob.run(
                settings,
                new TimedWorker(new InversionWorker(settings.worker(), Duration.ofMinutes(30))),
                SparkTestSession.session(),
                nowhere,
                new Progress(nowhere, Progress.Style.PLAIN_LINES, System::nanoTime));
    }
}
