package io.sparkinversion.worker;

import ai.djl.Device;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The engines of this executor process: one for each device and settings, loaded when the first task asks and kept for
 * all that follow. The only state that outlives a task.
 */
public final class EngineRegistry {
    private static final ConcurrentMap<Key, Engine> ENGINES = new ConcurrentHashMap<>();

    /** Decodes, encodes and measures images beside the engines. */
    private static final ExecutorService IMAGE_THREADS = Executors.newFixedThreadPool(
            Math.max(2, Runtime.getRuntime().availableProcessors()), runnable -> {
                Thread thread = new Thread(runnable, "images");
                thread.setDaemon(true);
                return thread;
            });

    private record Key(WorkerSettings settings, Device device) {}

    private EngineRegistry() {}

    /** Makes an engine. */
    @FunctionalInterface
    public interface Loader {
        Engine load(WorkerSettings settings, Device device);
    }

    /** The engine for these settings on this device; concurrent callers wait for one load. */
    public static Engine engine(WorkerSettings settings, Device device, Loader loader, Runnable onLoad) {
        return ENGINES.computeIfAbsent(new Key(settings, device), key -> {
            Engine engine = loader.load(key.settings(), key.device());
            onLoad.run();
            return engine;
        });
    }

    static ExecutorService imageThreads() {
        return IMAGE_THREADS;
    }

    /** Closes all engines; for the end of a local run. */
    public static void closeAll() {
        for (Key key : ENGINES.keySet()) {
            Engine engine = ENGINES.remove(key);
            if (engine != null) {
                engine.close();
            }
        }
    }
}
