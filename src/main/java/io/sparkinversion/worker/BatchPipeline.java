package io.sparkinversion.worker;

import io.sparkinversion.image.PngEncoder;
import io.sparkinversion.metrics.Psnr;
import io.sparkinversion.metrics.Ssim;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.worker.Engine.Input;
import io.sparkinversion.worker.Engine.Result;
import io.sparkinversion.worker.EngineException.Kind;
import io.sparkinversion.worker.Failure.Stage;
import io.sparkinversion.worker.ImageLoader.Loaded;
import io.sparkinversion.worker.ImageOutcome.MethodResult;
import io.sparkinversion.worker.ImageOutcome.Scores;
import io.sparkinversion.worker.ImageOutcome.Worker;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/**
 * One partition's images, in batches through the engine. While the engine computes on the task's thread, other threads
 * decode the images of the next batches and measure and encode those of the last. A batch that does not fit the device's
 * memory, or fails otherwise, is halved until the images that fail are alone.
 */
final class BatchPipeline implements Iterator<ImageOutcome>, AutoCloseable {
    private static final int BATCHES_AHEAD = 2;
    private static final int BATCHES_BEHIND = 2;

    private final Iterator<WorkItem> items;
    private final ImageLoader loader;
    private final Supplier<Engine> engine;
    private final Identity identity;
    private final int batchSize;
    private final ExecutorService imageThreads;
    private final WorkerMonitor monitor;

    private final Deque<Future<Loaded>> loading = new ArrayDeque<>();
    private final Deque<List<Future<ImageOutcome>>> finishing = new ArrayDeque<>();
    private final Deque<ImageOutcome> ready = new ArrayDeque<>();

    /** Where this runs, for the result rows. */
    record Identity(String executor, String host, String device) {
        private Worker worker(int captionTokens, boolean truncated) {
            return new Worker(executor, host, device, captionTokens, truncated);
        }
    }

    /**
     * @param engine asked for when the first image is ready, so that a partition of bad images loads no model
     */
    BatchPipeline(
            Iterator<WorkItem> items,
            ImageLoader loader,
            Supplier<Engine> engine,
            Identity identity,
            int batchSize,
            ExecutorService imageThreads,
            WorkerMonitor monitor) {
        this.items = items;
        this.loader = loader;
        this.engine = engine;
        this.identity = identity;
        this.batchSize = batchSize;
        this.imageThreads = imageThreads;
        this.monitor = monitor;
    }

    @Override
    public boolean hasNext() {
        while (ready.isEmpty()) {
            loadAhead();
            if (!loading.isEmpty()) {
                runBatch();
            } else if (finishing.isEmpty()) {
                return false;
            }
            if (finishing.size() > BATCHES_BEHIND || loading.isEmpty()) {
                drainOldest();
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

    private void loadAhead() {
        while (loading.size() < (BATCHES_AHEAD + 1) * batchSize && items.hasNext()) {
            WorkItem item = items.next();
            loading.add(imageThreads.submit(() -> loader.load(item)));
        }
    }

    private void runBatch() {
        List<Loaded> batch = new ArrayList<>();
        while (batch.size() < batchSize && !loading.isEmpty()) {
            Loaded loaded = join(loading.poll());
            if (loaded.failure() != null) {
                emit(failed(loaded, loaded.failure()));
            } else {
                batch.add(loaded);
            }
            loadAhead();
        }
        if (!batch.isEmpty()) {
            List<Future<ImageOutcome>> outcomes = new ArrayList<>();
            compute(batch, outcomes);
            finishing.add(outcomes);
        }
    }

    private void compute(List<Loaded> batch, List<Future<ImageOutcome>> outcomes) {
        List<Result> results;
        try {
            results = engine.get()
                    .run(batch.stream()
                            .map(loaded -> new Input(loaded.image(), loaded.item().caption()))
                            .toList());
        } catch (EngineException e) {
            if (e.kind() == Kind.DEVICE_LOST) {
                throw e;
            }
            if (batch.size() == 1) {
                ErrorCode code = e.kind() == Kind.OUT_OF_MEMORY ? ErrorCode.OUT_OF_DEVICE_MEMORY : ErrorCode.ENGINE_ERROR;
                emit(failed(batch.get(0), new Failure(Stage.INVERT, code, e.getMessage())));
                return;
            }
            compute(batch.subList(0, batch.size() / 2), outcomes);
            compute(batch.subList(batch.size() / 2, batch.size()), outcomes);
            return;
        }
        for (int i = 0; i < batch.size(); i++) {
            Loaded loaded = batch.get(i);
            Result result = results.get(i);
            outcomes.add(imageThreads.submit(() -> finish(loaded, result)));
        }
    }

    private ImageOutcome finish(Loaded loaded, Result result) {
        if (!result.finite()) {
            String message = "the latents of " + loaded.item().path()
                    + " have infinities or NaN; try --dtype float32 or bfloat16";
            return failed(loaded, new Failure(Stage.INVERT, ErrorCode.NOT_FINITE, message));
        }
        Scores ceiling = scores(loaded.image(), result.ceiling(), result.ceilingLpips());
        List<MethodResult> methods = result.reconstructions().stream()
                .map(reconstruction -> new MethodResult(
                        reconstruction.method().label(),
                        scores(loaded.image(), reconstruction.image(), reconstruction.lpips()),
                        ceiling,
                        PngEncoder.encode(reconstruction.image()),
                        reconstruction.cost()))
                .toList();
        return new ImageOutcome(
                loaded.item(),
                loaded.source(),
                PngEncoder.encode(loaded.image()),
                result.terminalLatent(),
                methods,
                null,
                identity.worker(result.captionTokens(), result.captionTruncated()));
    }

    private static Scores scores(RgbImage original, RgbImage other, double lpips) {
        return new Scores(Psnr.of(original, other), Ssim.of(original, other), lpips);
    }

    private ImageOutcome failed(Loaded loaded, Failure failure) {
        return new ImageOutcome(
                loaded.item(), loaded.source(), null, null, List.of(), failure, identity.worker(0, false));
    }

    private void drainOldest() {
        List<Future<ImageOutcome>> oldest = finishing.poll();
        if (oldest != null) {
            oldest.forEach(outcome -> emit(join(outcome)));
        }
    }

    private void emit(ImageOutcome outcome) {
        monitor.imageDone(outcome);
        ready.add(outcome);
    }

    private static <T> T join(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("the task was cancelled");
        } catch (ExecutionException e) {
            throw new IllegalStateException("image work failed: " + e.getCause(), e.getCause());
        }
    }

    /** Cancels what is under way. */
    @Override
    public void close() {
        loading.forEach(future -> future.cancel(false));
        finishing.forEach(batch -> batch.forEach(future -> future.cancel(false)));
    }
}
