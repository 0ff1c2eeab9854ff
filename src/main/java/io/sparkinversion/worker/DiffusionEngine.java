package io.sparkinversion.worker;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.diffusion.ClipTokenizer.Tokens;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.inversion.DdimInversion;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.Inversion;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.inversion.Trajectory;
import io.sparkinversion.metrics.Lpips;
import io.sparkinversion.worker.ImageOutcome.Cost;
import io.sparkinversion.worker.ImageOutcome.Latent;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;

/**
 * The engine of real runs: one Stable Diffusion model, and LPIPS where weights are given. On a GPU one thread at a time
 * computes; on the CPU as many as there are cores, one core each. Every batch's native arrays die with the batch.
 */
public final class DiffusionEngine implements Engine {
    private final StableDiffusion model;
    private final Lpips lpips;
    private final List<Method> methods;
    private final int stepCount;
    private final double guidance;
    private final int threads;
    private final Semaphore inferenceThreads;
    private volatile boolean closed;

    /**
     * @param lpips null for none; closed with the engine, as the model is
     */
    public DiffusionEngine(StableDiffusion model, Lpips lpips, List<Method> methods, int stepCount, double guidance) {
        this.model = model;
        this.lpips = lpips;
        this.methods = List.copyOf(methods);
        this.stepCount = stepCount;
        this.guidance = guidance;
        this.threads = model.device().isGpu() ? 1 : Runtime.getRuntime().availableProcessors();
        this.inferenceThreads = new Semaphore(threads, true);
    }

    @Override
    public String device() {
        return name(model.device());
    }

    static String name(Device device) {
        return device.isGpu() ? "gpu:" + device.getDeviceId() : "cpu";
    }

    /** Native arrays that the engine holds between batches. */
    public int residentArrays() {
        return model.residentArrays();
    }

    @Override
    public List<Result> run(List<Input> batch) {
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
            return compute(batch);
        } catch (ai.djl.engine.EngineException e) {
            throw EngineException.of(e);
        } finally {
            inferenceThreads.release();
        }
    }

    private List<Result> compute(List<Input> batch) {
        try (NDManager scope = model.newScope()) {
            return new Batch(scope, batch).run();
        }
    }

    /** Waits for the batches under way: to free a model that libtorch still computes with ends the process. */
    @Override
    public void close() {
        inferenceThreads.acquireUninterruptibly(threads);
        try {
            if (!closed) {
                closed = true;
                if (lpips != null) {
                    lpips.close();
                }
                model.close();
            }
        } finally {
            inferenceThreads.release(threads);
        }
    }

    /** One batch on its way. Reading a result back is what waits for the device, so each stage ends with that. */
    private final class Batch {
        private final NDManager scope;
        private final List<Input> inputs;
        private final List<String> captions;
        private final int size;

        private Batch(NDManager scope, List<Input> inputs) {
            this.scope = scope;
            this.inputs = inputs;
            this.captions = inputs.stream().map(Input::caption).toList();
            this.size = inputs.size();
        }

        private List<Result> run() {
            long started = System.nanoTime();
            NDArray pixels = pixels();
            NDArray latent = model.encode(scope, pixels);
            Conditioning caption = model.condition(scope, captions);
            latent.toFloatArray();
            double encodeSeconds = secondsSince(started);

            stopIfInterrupted();
            started = System.nanoTime();
            Denoiser unet = new Denoiser(model);
            List<Step> steps = model.schedule().steps(stepCount);
            Trajectory trajectory = DdimInversion.invert(scope, unet, steps, latent, caption);
            float[] terminal = trajectory.last().toFloatArray();
            double inversionSeconds = secondsSince(started);
            long inversionEvaluations = unet.evaluations();

            Inversion inversion = new Inversion(steps, trajectory, caption, this::emptyPrompts);
            Images ceiling = decode(latent, pixels);
            boolean[] finite = finite(terminal);
            and(finite, ceiling.finite());
            List<List<Reconstruction>> reconstructions = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                reconstructions.add(new ArrayList<>());
            }
            for (Method method : methods) {
                stopIfInterrupted();
                started = System.nanoTime();
                Denoiser counter = new Denoiser(model);
                NDArray last = method.reconstruction()
                        .reconstruct(scope, counter, inversion, guidance)
                        .last();
                float[] reconstructed = last.toFloatArray();
                double reconstructionSeconds = secondsSince(started);
                Images images = decode(last, pixels);
                and(finite, finite(reconstructed));
                and(finite, images.finite());
                Cost cost = new Cost(
                        (int) (inversionEvaluations / size),
                        (int) (counter.evaluations() / size),
                        encodeSeconds / size,
                        inversionSeconds / size,
                        reconstructionSeconds / size,
                        images.seconds() / size,
                        size);
                for (int i = 0; i < size; i++) {
                    reconstructions.get(i)
                            .add(new Reconstruction(method, images.images().get(i), images.lpips()[i], cost));
                }
            }
            List<Result> results = new ArrayList<>();
            int[] shape = Arrays.stream(latent.getShape().getShape(), 1, 4).mapToInt(Math::toIntExact).toArray();
            for (int i = 0; i < size; i++) {
                Tokens tokens = model.tokenizer().encode(captions.get(i));
                results.add(new Result(
                        new Latent(shape, littleEndian(terminal, i)),
                        finite[i],
                        ceiling.images().get(i),
                        ceiling.lpips()[i],
                        List.copyOf(reconstructions.get(i)),
                        tokens.tokenCount(),
                        tokens.truncated()));
            }
            return results;
        }

        private Conditioning emptyPrompts() {
            return model.condition(scope, Collections.nCopies(size, ""));
        }

        /** {@code [B, 3, H, W]} in [-1, 1]. */
        private NDArray pixels() {
            int side = inputs.get(0).image().width();
            int plane = side * side;
            float[] values = new float[size * 3 * plane];
            for (int i = 0; i < size; i++) {
                byte[] rgb = inputs.get(i).image().pixels();
                for (int p = 0; p < plane; p++) {
                    for (int c = 0; c < 3; c++) {
                        values[(i * 3 + c) * plane + p] = Byte.toUnsignedInt(rgb[3 * p + c]) / 127.5f - 1;
                    }
                }
            }
            return scope.create(values, new Shape(size, 3, side, side));
        }

        /** Latents as 8-bit images, rounded, and how far they are from the originals. */
        private Images decode(NDArray latents, NDArray originals) {
            long started = System.nanoTime();
            try (NDManager stage = model.newScope()) {
                NDArray decoded = model.decode(stage, latents);
                boolean[] finite = finite(decoded.sum(new int[] {1, 2, 3}).toFloatArray());
                NDArray levels = decoded.mul(127.5f).add(127.5f).clip(0, 255).round();
                byte[] rgb = levels.transpose(0, 2, 3, 1).toType(DataType.UINT8, false).toByteArray();
                double seconds = secondsSince(started);
                double[] distances = new double[size];
                Arrays.fill(distances, Double.NaN);
                if (lpips != null) {
                    float[] measured = lpips.distances(originals, levels.div(127.5f).sub(1));
                    Arrays.setAll(distances, i -> measured[i]);
                }
                return new Images(images(rgb), finite, distances, seconds);
            }
        }

        private List<RgbImage> images(byte[] rgb) {
            int side = inputs.get(0).image().width();
            int length = 3 * side * side;
            List<RgbImage> images = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                images.add(new RgbImage(side, side, Arrays.copyOfRange(rgb, i * length, (i + 1) * length)));
            }
            return images;
        }

        /** For each image whether all its values are finite. */
        private boolean[] finite(float[] values) {
            boolean[] finite = new boolean[size];
            int length = values.length / size;
            for (int i = 0; i < size; i++) {
                finite[i] = true;
                for (int k = i * length; k < (i + 1) * length; k++) {
                    finite[i] &= Float.isFinite(values[k]);
                }
            }
            return finite;
        }

        private void and(boolean[] all, boolean[] more) {
            for (int i = 0; i < size; i++) {
                all[i] &= more[i];
            }
        }

        private byte[] littleEndian(float[] latents, int index) {
            int length = latents.length / size;
            ByteBuffer bytes = ByteBuffer.allocate(length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(latents, index * length, length);
            return bytes.array();
        }
    }

    /** Decoded images of a batch; where the autoencoder overflowed, they show nothing. */
    private record Images(List<RgbImage> images, boolean[] finite, double[] lpips, double seconds) {}

    /** A task that Spark has killed need not compute to the batch's end. */
    private static void stopIfInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("the task was cancelled");
        }
    }

    private static double secondsSince(long nanoTime) {
        return (System.nanoTime() - nanoTime) / 1e9;
    }
}
