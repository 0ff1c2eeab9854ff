package io.sparkinversion.worker;

import static io.sparkinversion.worker.PipelineFixture.ids;
import static io.sparkinversion.worker.PipelineFixture.items;
import static io.sparkinversion.worker.PipelineFixture.withBytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.image.ImageDecoder;
import io.sparkinversion.worker.ImageOutcome.MethodResult;
import io.sparkinversion.worker.ImageOutcome.Worker;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The timeout turns a deadlock into a failure. */
@Timeout(60)
class BatchPipelineTest {

    @ParameterizedTest
    @CsvSource({"1,0", "1,1", "1,7", "2,1", "2,2", "2,9", "3,8", "8,3", "8,8", "8,9", "8,50", "64,50"})
    void givesEveryItemOneOutcomeAtEveryBatchSizeAndLength(int batchSize, int count) {
        FakeEngine engine = new FakeEngine().failsFor("caption 4").notFiniteFor("caption 2");
        try (PipelineFixture fixture = new PipelineFixture(engine, batchSize)) {
            List<WorkItem> items = new ArrayList<>(items(count));
            for (int i = 0; i < count; i += 5) {
                items.set(i, withBytes("id " + i, "no image".getBytes(StandardCharsets.UTF_8)));
            }

            List<ImageOutcome> outcomes = fixture.run(items);

            assertThat(ids(outcomes))
                    .containsExactlyInAnyOrderElementsOf(
                            items.stream().map(WorkItem::imageId).toList());
            assertThat(outcomes).allSatisfy(outcome -> {
                int number = Integer.parseInt(outcome.item().imageId().substring("id ".length()));
                assertThat(outcome.failed()).isEqualTo(number % 5 == 0 || number == 2 || number == 4);
            });
            assertThat(engine.batchSizes()).allMatch(size -> size <= batchSize);
        }
    }

    @Test
    void tellsTheMonitorOfEveryOutcomeOnce() {
        FakeEngine engine = new FakeEngine().failsFor("caption 3");
        try (PipelineFixture fixture = new PipelineFixture(engine, 4)) {
            List<ImageOutcome> outcomes = fixture.run(items(21));

            assertThat(fixture.reported()).containsExactlyInAnyOrderElementsOf(outcomes);
        }
    }

    @Test
    void returnsToEachImageItsOwnResults() throws Exception {
        try (PipelineFixture fixture = new PipelineFixture(new FakeEngine(), 3)) {
            for (ImageOutcome outcome : fixture.run(items(10))) {
                WorkItem item = outcome.item();
                byte[] colour =
                        ImageDecoder.decode(item.bytes(), Long.MAX_VALUE).pixels();
                byte[] original =
                        ImageDecoder.decode(outcome.original(), Long.MAX_VALUE).pixels();
                MethodResult result = outcome.results().get(0);
                byte[] reconstruction = ImageDecoder.decode(result.reconstruction(), Long.MAX_VALUE)
                        .pixels();

                assertThat(outcome.terminalLatent().bytes())
                        .asString(StandardCharsets.UTF_8)
                        .isEqualTo(item.caption());
                assertThat(original).startsWith(colour[0], colour[1], colour[2]);
                assertThat(reconstruction).isEqualTo(original);
                assertThat(outcome.source().width()).isEqualTo(20);
                assertThat(outcome.source().height()).isEqualTo(24);
                assertThat(outcome.source().byteCount()).isEqualTo(item.bytes().length);
                assertThat(result.method()).isEqualTo("negative-prompt");
                assertThat(result.scores().psnr()).isEqualTo(Double.POSITIVE_INFINITY);
                assertThat(result.scores().lpips()).isEqualTo(0.5);
                assertThat(result.ceiling().lpips()).isEqualTo(0.25);
                assertThat(outcome.worker()).isEqualTo(new Worker("3", "host-a", "gpu:7", 3, false));
            }
        }
    }

    @Test
    void fillsBatchesAcrossBadImages() {
        try (PipelineFixture fixture = new PipelineFixture(new FakeEngine(), 4)) {
            List<WorkItem> items = new ArrayList<>(items(12));
            items.set(1, withBytes("bad", new byte[] {1, 2, 3}));
            items.set(5, withBytes("worse", new byte[0]));

            fixture.run(items);

            assertThat(fixture.engine().batchSizes()).containsExactly(4, 4, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readsOnlySoFarAheadHoweverLongThePartition(boolean good) {
        int batchSize = 4;
        AtomicInteger taken = new AtomicInteger();
        Iterator<WorkItem> items = new Iterator<>() {
            @Override
            public boolean hasNext() {
                return taken.get() < 1000;
            }

            @Override
            public WorkItem next() {
                int number = taken.getAndIncrement();
                return good ? PipelineFixture.item(number) : withBytes("id " + number, new byte[] {1, 2, 3});
            }
        };
        try (PipelineFixture fixture = new PipelineFixture(new FakeEngine(), batchSize);
                BatchPipeline pipeline = fixture.over(items)) {
            int returned = 0;
            int furthest = 0;
            while (pipeline.hasNext()) {
                pipeline.next();
                returned++;
                furthest = Math.max(furthest, taken.get() - returned);
            }

            assertThat(returned).isEqualTo(1000);
            // Three batches of images before the engine and three of results after it.
            assertThat(furthest).isLessThanOrEqualTo(6 * batchSize);
        }
    }

    @Test
    void takesNothingBeforeItIsAsked() {
        AtomicInteger taken = new AtomicInteger();
        Iterator<WorkItem> items =
                items(5).stream().peek(item -> taken.incrementAndGet()).iterator();
        try (PipelineFixture fixture = new PipelineFixture(new FakeEngine(), 2)) {
            fixture.over(items);

            assertThat(taken).hasValue(0);
        }
    }

    @Test
    void decodesTheNextBatchWhileTheEngineRuns() {
        CountDownLatch engineRuns = new CountDownLatch(1);
        CountDownLatch secondLoaded = new CountDownLatch(1);
        FakeEngine engine = new FakeEngine().whileRunning(() -> {
            engineRuns.countDown();
            await(secondLoaded);
        });
        try (PipelineFixture fixture = new PipelineFixture(engine, 1).withFiles(path -> {
            if (path.equals("second")) {
                await(engineRuns);
                secondLoaded.countDown();
            }
            return new java.io.ByteArrayInputStream(PipelineFixture.png(16, 16, 1));
        })) {
            List<ImageOutcome> outcomes = fixture.run(List.of(withBytes("first", null), withBytes("second", null)));

            assertThat(outcomes).hasSize(2).noneMatch(ImageOutcome::failed);
        }
    }

    @Test
    void measuresTheLastBatchWhileTheEngineRuns() {
        CountDownLatch twoLoadedOneMeasured = new CountDownLatch(3);
        ExecutorService counting = new ThreadPoolExecutor(2, 2, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>()) {
            @Override
            protected void afterExecute(Runnable work, Throwable failure) {
                twoLoadedOneMeasured.countDown();
            }
        };
        FakeEngine engine = new FakeEngine();
        engine.whileRunning(() -> {
            if (engine.batches().size() == 2) {
                await(twoLoadedOneMeasured);
            }
        });
        try (PipelineFixture fixture = new PipelineFixture(engine, 1).withImageThreads(counting)) {
            assertThat(fixture.run(items(2))).hasSize(2).noneMatch(ImageOutcome::failed);
        }
    }

    @Test
    void nothingElseWorksWhileTheEngineIsTimedAlone() {
        AtomicInteger atWork = new AtomicInteger();
        List<Integer> beside = new ArrayList<>();
        ExecutorService counting = new ThreadPoolExecutor(2, 2, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>()) {
            @Override
            public void execute(Runnable work) {
                atWork.incrementAndGet();
                super.execute(() -> {
                    work.run();
                    atWork.decrementAndGet();
                });
            }
        };
        FakeEngine engine = new FakeEngine();
        engine.whileRunning(() -> {
            // A thread says that it is done a moment after its result is there.
            for (int i = 0; i < 100 && atWork.get() > 0; i++) {
                sleep(1);
            }
            beside.add(atWork.get());
        });
        try (PipelineFixture fixture =
                new PipelineFixture(engine, 2).withImageThreads(counting).timingAlone()) {
            assertThat(fixture.run(items(20))).hasSize(20).noneMatch(ImageOutcome::failed);
        }
        assertThat(beside).hasSize(10).containsOnly(0);
    }

    @Test
    void aBatchNamesItsFirstImageAndHowItWasTimed() {
        try (PipelineFixture fixture = new PipelineFixture(new FakeEngine(), 2)) {
            assertThat(fixture.run(items(3)))
                    .extracting(outcome -> outcome.batch().first())
                    .containsExactly("id 0", "id 0", "id 2");
            assertThat(fixture.reported()).allSatisfy(outcome -> {
                // A GPU's; the fake engine has no calibration.
                assertThat(outcome.batch().deviceShare()).isEqualTo(1);
                assertThat(outcome.batch().calibration()).isNaN();
            });
        }
    }

    @Test
    void partitionsThatShareOneImageThreadAllFinish() throws Exception {
        ExecutorService tasks = Executors.newFixedThreadPool(4);
        ExecutorService one = Executors.newSingleThreadExecutor();
        try {
            List<Callable<List<ImageOutcome>>> partitions = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                PipelineFixture fixture = new PipelineFixture(new FakeEngine(), 3).withImageThreads(one);
                partitions.add(() -> fixture.run(items(40)));
            }
            for (Future<List<ImageOutcome>> partition : tasks.invokeAll(partitions)) {
                assertThat(partition.get()).hasSize(40).noneMatch(ImageOutcome::failed);
            }
        } finally {
            tasks.shutdownNow();
            one.shutdownNow();
        }
    }

    @Test
    void anInterruptedTaskStopsAndLeavesNoWorkBehind() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        AtomicInteger opened = new AtomicInteger();
        ExecutorService one = Executors.newSingleThreadExecutor();
        one.submit(() -> await(busy));
        try (PipelineFixture fixture = new PipelineFixture(new FakeEngine(), 4)
                .withImageThreads(one)
                .withFiles(path -> {
                    opened.incrementAndGet();
                    throw new java.io.FileNotFoundException(path);
                })) {
            List<WorkItem> onDisk = items(40).stream()
                    .map(item -> withBytes(item.imageId(), null))
                    .toList();
            BatchPipeline pipeline = fixture.over(onDisk.iterator());

            Thread.currentThread().interrupt();
            assertThatThrownBy(pipeline::hasNext)
                    .isInstanceOf(CancellationException.class)
                    .hasMessage("the task was cancelled");
            assertThat(Thread.interrupted())
                    .as("the thread still says that it was interrupted")
                    .isTrue();
            pipeline.close();
            busy.countDown();
            one.shutdown();

            assertThat(one.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
            assertThat(opened).hasValue(0);
            assertThat(fixture.engine().batches()).isEmpty();
        }
    }

    @Test
    void anInterruptionDuringABatchLetsNoOtherBatchBegin() {
        FakeEngine engine = new FakeEngine().whileRunning(Thread.currentThread()::interrupt);
        try (PipelineFixture fixture = new PipelineFixture(engine.failsFor("caption 0"), 4);
                BatchPipeline pipeline = fixture.over(items(40).iterator())) {
            assertThatThrownBy(pipeline::hasNext).isInstanceOf(CancellationException.class);

            assertThat(engine.batchSizes()).containsExactly(4);
        } finally {
            Thread.interrupted();
        }
    }

    @Test
    void aClosedPipelineRefusesToGoOn() {
        try (PipelineFixture fixture = new PipelineFixture(new FakeEngine(), 4)) {
            BatchPipeline pipeline = fixture.over(items(40).iterator());
            pipeline.next();
            pipeline.close();

            assertThatThrownBy(pipeline::hasNext)
                    .isInstanceOf(CancellationException.class)
                    .hasMessage("the task is over");
        }
    }

    @Test
    void hasNoElementAfterTheLast() {
        try (PipelineFixture fixture = new PipelineFixture(new FakeEngine(), 4);
                BatchPipeline pipeline = fixture.over(items(1).iterator())) {
            pipeline.next();

            assertThat(pipeline.hasNext()).isFalse();
            assertThatThrownBy(pipeline::next).isInstanceOf(NoSuchElementException.class);
        }
    }

    private static void sleep(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("what should run at the same time does not");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
