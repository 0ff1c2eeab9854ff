package io.sparkinversion.worker;

import io.sparkinversion.engine.Engine;
import io.sparkinversion.engine.EngineException;
import io.sparkinversion.engine.EngineException.Kind;
import io.sparkinversion.engine.ErrorCode;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.engine.Failure.Stage;
import io.sparkinversion.platform.Stopwatch;
import io.sparkinversion.worker.ImageLoader.Loaded;
import io.sparkinversion.worker.ImageOutcome.BatchTime;
import io.sparkinversion.worker.WorkerHook.Point;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition's images, in batches of one shape through the engine. While the engine computes on the task's thread, other threads
 * decode the images of the next batches and measure and encode those of the last. A batch that does not fit the
 * device's memory, or fails otherwise, is halved until the images that fail are alone.
 *
 * <p>What is held at a time is bounded by the batch size, not by the partition: the images of
 * {@value #BATCHES_AHEAD} batches ahead, those of the current one, where there are several shapes as many as
 * {@value #BATCHES_WAITING} batches have, and the results of {@value #BATCHES_BEHIND} behind.
 * Used by the task's thread alone, the closing included.
 */
final class BatchPipeline implements Iterator<ImageOutcome>, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(BatchPipeline.class);

    private static final int BATCHES_AHEAD = 2;
    private static final int BATCHES_BEHIND = 2;

    /** Images that wait for others of their shape; then the fullest batch goes as it is. */
    private static final int BATCHES_WAITING = 4;

    private final Iterator<WorkItem> items;
    private final ImageLoader loader;
    private final Supplier<Engine> engine;
    private final BatchWork work;
    private final BatchLimit limit;
    private final ExecutorService imageThreads;
    private final WorkerMonitor monitor;
    private final Checkpoints checkpoints;

    private final Deque<Future<Loaded>> loading = new ArrayDeque<>();
    private final ShapeBatches batches = new ShapeBatches();
    private final Deque<List<Future<ImageOutcome>>> finishing = new ArrayDeque<>();
    private final Deque<ImageOutcome> ready = new ArrayDeque<>();
    private boolean timesAlone;
    private boolean closed;

    /**
     * @param engine asked for when the first batch is ready, so that a partition of bad images loads no model
     * @param limit shared by all pipelines of one engine
     */
    BatchPipeline(
            Iterator<WorkItem> items,
            ImageLoader loader,
            Supplier<Engine> engine,
            BatchWork work,
            BatchLimit limit,
            ExecutorService imageThreads,
            WorkerMonitor monitor,
            Checkpoints checkpoints) {
        this.items = items;
        this.loader = loader;
        this.engine = engine;
        this.work = work;
        this.limit = limit;
        this.imageThreads = imageThreads;
        this.monitor = monitor;
        this.checkpoints = checkpoints;
    }

    /** From now on nothing else of the task works while the engine does: for times that are to be reported. */
    void timeAlone() {
        timesAlone = true;
    }

    /**
     * @throws EngineException if the device is lost
     * @throws CancellationException if the task's thread was interrupted, or the pipeline is closed
     */
    @Override
    public boolean hasNext() {
        while (ready.isEmpty()) {
            if (!advance()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public ImageOutcome next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return ready.poll();
    }

    /** One piece of work; false if none is left. Outcomes leave as soon as there are any, so they cannot pile up. */
    private boolean advance() {
        if (closed) {
            throw new CancellationException("the task is over");
        }
        loadAhead();
        boolean due = batches.most() >= limit.images() || batches.images() >= BATCHES_WAITING * limit.images();
        if (!due && !loading.isEmpty()) {
            take(join(loading.element()));
            loading.remove();
        } else if (batches.images() > 0) {
            runBatch();
        } else if (!finishing.isEmpty()) {
            drainOldest();
        } else {
            return false;
        }
        return true;
    }

    private void loadAhead() {
        int wanted = BATCHES_AHEAD * limit.images() + Math.max(0, limit.images() - batches.most());
        while (loading.size() < wanted && items.hasNext()) {
            WorkItem item = items.next();
            loading.add(imageThreads.submit(
                    () -> checkpoints.during("reading image " + item.imageId(), () -> loader.load(item))));
        }
    }

    private void take(Loaded loaded) {
        if (loaded.failure() != null) {
            ready.add(told(work.failed(loaded, loaded.failure())));
        } else {
            batches.add(loaded);
        }
    }

    private void runBatch() {
        List<Future<ImageOutcome>> outcomes = new ArrayList<>();
        finishing.add(outcomes);
        // A model that does not load is no image's fault: that fails the task.
        Engine loaded = checkpoints.during("loading the model", engine::get);
        compute(loaded, batches.take(limit.images()), outcomes);
        if (finishing.size() > BATCHES_BEHIND) {
            drainOldest();
        }
    }

    private void compute(Engine engine, List<Loaded> images, List<Future<ImageOutcome>> outcomes) {
        if (Thread.currentThread().isInterrupted()) {
            throw cancelled();
        }
        if (images.size() > limit.images()) {
            computeHalves(engine, images, outcomes);
            return;
        }
        List<Callable<ImageOutcome>> left;
        BatchTime time;
        try {
            if (timesAlone) {
                awaitOthers();
            }
            Stopwatch watch = Stopwatch.start(engine.device());
            left = checkpoints.during(
                    "computing " + names(images),
                    () -> Evaluations.toldTo(monitor, () -> work.compute(engine, images)));
            time = new BatchTime(images.get(0).item().imageId(), watch.deviceShare(), engine.calibrate());
        } catch (CancellationException e) {
            throw e;
        } catch (RuntimeException e) {
            isolate(engine, images, outcomes, e);
            return;
        }
        if (left.size() != images.size()) {
            throw new IllegalStateException(
                    "the engine returned " + left.size() + " results for " + images.size() + " images");
        }
        for (int i = 0; i < left.size(); i++) {
            String id = images.get(i).item().imageId();
            Callable<ImageOutcome> one = left.get(i);
            outcomes.add(imageThreads.submit(() -> told(checkpoints.during("measuring image " + id, () -> {
                checkpoints.reached(Point.METRICS, id);
                return one.call().in(time);
            }))));
        }
    }

    /** The images that are being read, measured and encoded. */
    private void awaitOthers() {
        loading.forEach(BatchPipeline::join);
        finishing.forEach(outcomes -> outcomes.forEach(BatchPipeline::join));
    }

    private static String names(List<Loaded> images) {
        return images.stream()
                .map(loaded -> loaded.item().imageId())
                .collect(Collectors.joining(", ", images.size() == 1 ? "image " : "images ", ""));
    }

    private void isolate(
            Engine engine, List<Loaded> images, List<Future<ImageOutcome>> outcomes, RuntimeException failure) {
        Kind kind = failure instanceof EngineException known ? known.kind() : Kind.OTHER;
        if (kind == Kind.DEVICE_LOST) {
            throw failure;
        }
        int size = images.size();
        if (kind == Kind.OUT_OF_MEMORY) {
            limit.didNotFit(size);
        }
        if (size > 1) {
            computeHalves(engine, images, outcomes);
            return;
        }
        Loaded alone = images.get(0);
        String reason = failure instanceof EngineException ? failure.getMessage() : Failure.reason(failure);
        Failure why = kind == Kind.OUT_OF_MEMORY
                ? new Failure(
                        Stage.INVERT,
                        ErrorCode.OUT_OF_DEVICE_MEMORY,
                        "even alone in its batch, " + alone.item().path() + " does not fit the memory of "
                                + engine.device() + "; lower --resolution or try --dtype float16: " + reason)
                : new Failure(Stage.INVERT, ErrorCode.ENGINE_ERROR, alone.item().path() + ": " + reason);
        ready.add(told(work.failed(alone, why)));
    }

    private void computeHalves(Engine engine, List<Loaded> images, List<Future<ImageOutcome>> outcomes) {
        int middle = images.size() / 2;
        compute(engine, images.subList(0, middle), outcomes);
        compute(engine, images.subList(middle, images.size()), outcomes);
    }

    private void drainOldest() {
        for (Future<ImageOutcome> finished : finishing.element()) {
            ready.add(join(finished));
        }
        finishing.remove();
    }

    /** The monitor hears of an image when it is done, which can be batches before it leaves. */
    private ImageOutcome told(ImageOutcome made) {
        if (made.failed()) {
            Failure failure = made.failure();
            LOGGER.warn(
                    "image {} failed at stage {}: {}: {}",
                    made.item().imageId(),
                    failure.stage(),
                    failure.code(),
                    failure.message());
        }
        monitor.imageDone(made);
        return made;
    }

    private static <T> T join(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw cancelled();
        } catch (ExecutionException e) {
            // As an error it came: Spark ends an executor that runs out of heap.
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException("image work failed: " + e.getCause(), e.getCause());
        }
    }

    private static CancellationException cancelled() {
        return new CancellationException("the task was cancelled");
    }

    /** Cancels what has not begun; what has begun ends unheeded. */
    @Override
    public void close() {
        closed = true;
        loading.forEach(future -> future.cancel(false));
        finishing.forEach(outcomes -> outcomes.forEach(future -> future.cancel(false)));
        loading.clear();
        batches.clear();
        finishing.clear();
        ready.clear();
    }
}
