package io.sparkinversion.job;

import io.sparkinversion.cli.LocalSession;
import io.sparkinversion.dataset.DatasetFixture;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.worker.ImageOutcome;
import io.sparkinversion.worker.WaveProcessor;
import io.sparkinversion.worker.WorkItem;
import io.sparkinversion.worker.WorkerMonitor;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.sql.SparkSession;

/** Plans a run over the dataset of its first argument into its second, computes a little, and gives up. */
final class LargeManifestProcess {
    private static final int IMAGES = 500;

    private LargeManifestProcess() {}

    /** Notes when the first image comes, and ends its task after some more. */
    private record FirstImages() implements WaveProcessor {
        private static final long serialVersionUID = 1L;
        private static final AtomicLong FIRST = new AtomicLong();
        private static final AtomicLong COUNT = new AtomicLong();

        @Override
        public Iterator<ImageOutcome> process(Iterator<WorkItem> items, WorkerMonitor monitor) {
            FIRST.compareAndSet(0, System.nanoTime());
            Iterator<ImageOutcome> outcomes =
                    new FakeProcessor("", List.of("negative-prompt", "ddim-cfg")).process(items, monitor);
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return outcomes.hasNext();
                }

                @Override
                public ImageOutcome next() {
                    if (COUNT.incrementAndGet() > IMAGES) {
                        throw new IllegalStateException("enough");
                    }
                    return outcomes.next();
                }
            };
        }
    }

    public static void main(String[] arguments) {
        SparkSession spark = LocalSession.start(arguments[1]);
        JobSettings settings = new JobSettings(
                DatasetFixture.captionsIn(Path.of(arguments[0])),
                arguments[1],
                JobFixture.worker(20),
                null,
                0,
                0,
                Resume.REUSE);
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        long started = System.nanoTime();
        try {
            InversionJob.run(
                    settings,
                    new FirstImages(),
                    spark,
                    System.out,
                    new Progress(nowhere, Progress.Style.PLAIN_LINES, System::nanoTime));
            throw new IllegalStateException("ended by itself");
        } catch (JobException e) {
            if (!e.getMessage().contains("enough")) {
                throw e;
            }
        }
        System.out.printf("planned in %.1f s%n", (FirstImages.FIRST.get() - started) / 1e9);
        System.gc();
        long kept = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        System.out.printf("heap in use after garbage collection %d MiB%n", kept >> 20);
        spark.stop();
        System.exit(0);
    }
}
