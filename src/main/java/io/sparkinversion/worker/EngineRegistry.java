package io.sparkinversion.worker;

import ai.djl.Device;
import io.sparkinversion.engine.Engine;
import io.sparkinversion.worker.WorkerSettings.EngineSettings;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * The engines of this executor process: one for each device and model, loaded when the first task asks and kept for
 * all that follow. The only state that outlives a task.
 */
public final class EngineRegistry {
    /** Futures, so that no lock of the map is held while a model loads for minutes. */
    private static final ConcurrentMap<Key, CompletableFuture<Engine>> ENGINES = new ConcurrentHashMap<>();

    /** What fits depends on more than the model: optimising a null text takes memory that sampling does not. */
    private static final ConcurrentMap<LimitKey, BatchLimit> LIMITS = new ConcurrentHashMap<>();

    /** Decodes, encodes and measures images beside the engines. */
    private static final ExecutorService IMAGE_THREADS =
            Executors.newFixedThreadPool(Math.max(2, Runtime.getRuntime().availableProcessors()), runnable -> {
                Thread thread = new Thread(runnable, "images");
                thread.setDaemon(true);
                return thread;
            });

    /** Heap that large pictures wait for; a picture that fits does not wait. */
    private static final PictureHeap PICTURE_HEAP = PictureHeap.ofProcess();

    private record Key(EngineSettings settings, Device device) {}

    private record LimitKey(WorkerSettings settings, Device device) {}

    private EngineRegistry() {}

    /** Makes an engine. */
    @FunctionalInterface
    public interface Loader {
        Engine load(WorkerSettings settings, Device device);
    }

    /**
     * The engine for these settings on this device. Concurrent callers wait for one load; should it fail, its caller
     * gets the exception and the next one waiting tries for itself.
     *
     * @param onLoad run by the caller that loaded, after the load
     * @throws CancellationException if interrupted while another caller loads
     */
    public static Engine engine(WorkerSettings settings, Device device, Loader loader, Runnable onLoad) {
        Key key = new Key(settings.engine(), device);
        while (true) {
            CompletableFuture<Engine> mine = new CompletableFuture<>();
            CompletableFuture<Engine> other = ENGINES.putIfAbsent(key, mine);
            if (other == null) {
                Engine engine = load(key, mine, () -> loader.load(settings, device));
                onLoad.run();
                return engine;
            }
            try {
                return other.get();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("the task was cancelled while it waited for the model");
            } catch (ExecutionException e) {
                // The one who loaded reports it. Its reason may be its own, such as that its task was cancelled.
                ENGINES.remove(key, other);
            }
        }
    }

    private static Engine load(Key key, CompletableFuture<Engine> future, Supplier<Engine> loader) {
        try {
            Engine engine = loader.get();
            future.complete(engine);
            return engine;
        } catch (RuntimeException | Error e) {
            ENGINES.remove(key, future);
            // Wrapped, or a cancelled load would look to those who wait as if they were cancelled themselves.
            future.completeExceptionally(new CompletionException(e));
            throw e;
        }
    }

    /** The batch size of these settings on this device, less where it turned out not to fit. */
    static BatchLimit batchLimit(WorkerSettings settings, Device device) {
        return LIMITS.computeIfAbsent(new LimitKey(settings, device), key -> new BatchLimit(settings.batchSize()));
    }

    static ExecutorService imageThreads() {
        return IMAGE_THREADS;
    }

    static PictureHeap pictureHeap() {
        return PICTURE_HEAP;
    }

    /** Closes all engines, also those that are still loading as soon as they are there; for the end of a local run. */
    public static void closeAll() {
        for (Key key : ENGINES.keySet()) {
            CompletableFuture<Engine> engine = ENGINES.remove(key);
            if (engine != null) {
                engine.thenAccept(Engine::close);
            }
        }
        LIMITS.clear();
    }
}
