package io.sparkinversion.engine;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.LongCaptions;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.inversion.FeatureReuse;
import io.sparkinversion.metrics.Lpips;
import io.sparkinversion.platform.Calibration;
import io.sparkinversion.platform.Finding;
import io.sparkinversion.platform.PlatformReport;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine of real runs: one Stable Diffusion model, and LPIPS where weights are given. On a GPU one thread at a time
 * computes; on the CPU as many as there are cores, one core each. Every batch's native arrays die with the batch.
 */
public final class DiffusionEngine implements Engine {
    private static final Logger LOGGER = LoggerFactory.getLogger(DiffusionEngine.class);

    private final StableDiffusion model;
    private final Judges judges;
    private final PeakMemory memory;
    private final Calibration calibration;
    private final int threads;
    private final Semaphore inferenceThreads;
    private String lastWarning;
    private volatile boolean closed;

    /** @param lpips null for none; closed with the engine, as the model is */
    public DiffusionEngine(StableDiffusion model, Lpips lpips) {
        this(model, new Judges(lpips, null, null));
    }

    /** @param judges measure pictures; closed with the engine, as the model is */
    public static DiffusionEngine with(StableDiffusion model, Judges judges) {
        return new DiffusionEngine(model, judges);
    }

    private DiffusionEngine(StableDiffusion model, Judges judges) {
        this.model = model;
        this.judges = judges;
        this.memory = PeakMemory.of(model.device());
        this.calibration = new Calibration(model.device());
        this.threads = model.device().isGpu() ? 1 : Runtime.getRuntime().availableProcessors();
        this.inferenceThreads = new Semaphore(threads, true);
    }

    @Override
    public String device() {
        return name(model.device());
    }

    @Override
    public synchronized void prepare(Recipe recipe) {
        try {
            if (recipe.methods().stream()
                    .anyMatch(method -> method.reconstruction().usesGradient())) {
                model.loadGradient();
            }
            if (recipe.methods().stream().anyMatch(method -> method.reconstruction() instanceof FeatureReuse)) {
                model.deepFeatures();
            }
        } catch (ai.djl.engine.EngineException e) {
            throw EngineException.of(e);
        }
        String warning = platform().warning();
        if (warning != null && !warning.equals(lastWarning)) {
            LOGGER.warn(warning);
        }
        lastWarning = warning;
    }

    @Override
    public PlatformReport platform() {
        List<Finding> findings = new ArrayList<>(model.findings());
        findings.addAll(judges.findings());
        return PlatformReport.of(model.platform(), findings);
    }

    public static String name(Device device) {
        return device.isGpu() ? "gpu:" + device.getDeviceId() : "cpu";
    }

    /** Native arrays that the engine holds between batches. */
    public int residentArrays() {
        return model.residentArrays();
    }

    /** Computes one made-up image, so that what is compiled and allocated at first use is not part of later times. */
    public void warmUp(Recipe recipe, int resolution) {
        byte[] pixels = new byte[3 * resolution * resolution];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (i / resolution);
        }
        run(List.of(new Input(new RgbImage(resolution, resolution, pixels), "stripes")), recipe);
    }

    @Override
    public List<Result> run(List<Input> batch, Recipe recipe) {
        if (recipe.longCaptions() == LongCaptions.CUT) {
            return inTurn(scope -> new EngineBatch(model, judges.lpips(), memory, recipe, scope, batch, 1).run());
        }
        return inTurn(scope -> runByLength(batch, recipe));
    }

    /** Captions of as many pieces at once: what a caption gets does not depend on the others of its batch. */
    private List<Result> runByLength(List<Input> batch, Recipe recipe) {
        SortedMap<Integer, List<Integer>> byChunks = new TreeMap<>();
        for (int i = 0; i < batch.size(); i++) {
            int chunks = model.tokenizer().chunkCount(batch.get(i).caption());
            byChunks.computeIfAbsent(chunks, any -> new ArrayList<>()).add(i);
        }
        Result[] results = new Result[batch.size()];
        byChunks.forEach((chunks, members) -> {
            try (NDManager scope = model.newScope()) {
                List<Input> inputs = members.stream().map(batch::get).toList();
                List<Result> made = new EngineBatch(model, judges.lpips(), memory, recipe, scope, inputs, chunks).run();
                for (int i = 0; i < members.size(); i++) {
                    results[members.get(i)] = made.get(i);
                }
            }
        });
        return List.of(results);
    }

    @Override
    public List<Edited> edit(List<EditInput> batch, Recipe recipe, EditRecipe edits) {
        DeviceImages images = new DeviceImages(model, judges.lpips());
        return inTurn(scope -> new EditBatch(model, images, judges, memory, recipe, edits, scope, batch).run());
    }

    @Override
    public double calibrate() {
        return inTurn(scope -> List.of(calibration.seconds(scope))).get(0);
    }

    private <T> List<T> inTurn(Function<NDManager, List<T>> batch) {
        try {
            inferenceThreads.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("the task was cancelled while it waited for " + device());
        }
        try {
            if (closed) {
                throw new CancellationException("the engine is closed");
            }
            try (NDManager scope = model.newScope()) {
                return batch.apply(scope);
            }
        } catch (ai.djl.engine.EngineException e) {
            throw EngineException.of(e);
        } finally {
            inferenceThreads.release();
        }
    }

    /** Waits for the batches under way: to free a model that libtorch still computes with ends the process. */
    @Override
    public void close() {
        inferenceThreads.acquireUninterruptibly(threads);
        try {
            if (!closed) {
                closed = true;
                memory.close();
                judges.close();
                model.close();
            }
        } finally {
            inferenceThreads.release(threads);
        }
    }
}
