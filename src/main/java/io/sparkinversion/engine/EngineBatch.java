package io.sparkinversion.engine;

import static io.sparkinversion.engine.DeviceImages.secondsSince;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.ClipTokenizer.Tokens;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.SizeCondition;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.engine.DeviceImages.Decoded;
import io.sparkinversion.engine.Engine.Cost;
import io.sparkinversion.engine.Engine.Input;
import io.sparkinversion.engine.Engine.Latent;
import io.sparkinversion.engine.Engine.NullTextTrace;
import io.sparkinversion.engine.Engine.Result;
import io.sparkinversion.inversion.DdimInversion;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.ImageNoise;
import io.sparkinversion.inversion.Inversion;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.inversion.Reconstructed;
import io.sparkinversion.inversion.Reconstruction;
import io.sparkinversion.inversion.Trajectory;
import io.sparkinversion.metrics.Lpips;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;

/**
 * One batch on its way through the model. Reading a result back is what waits for the device, so each stage ends with
 * that.
 */
final class EngineBatch {
    private final StableDiffusion model;
    private final DeviceImages images;
    private final PeakMemory memory;
    private final Recipe recipe;
    private final NDManager scope;
    private final List<Input> inputs;
    private final List<String> captions;
    private final int size;
    private final int chunks;
    private final boolean[] finite;

    /**
     * @param lpips null for none
     * @param scope owns what the batch computes
     * @param chunks pieces in which each caption is encoded
     */
    EngineBatch(
            StableDiffusion model,
            Lpips lpips,
            PeakMemory memory,
            Recipe recipe,
            NDManager scope,
            List<Input> inputs,
            int chunks) {
        this.model = model;
        this.images = new DeviceImages(model, lpips);
        this.memory = memory;
        this.recipe = recipe;
        this.scope = scope;
        this.inputs = inputs;
        this.captions = inputs.stream().map(Input::caption).toList();
        this.size = inputs.size();
        this.chunks = chunks;
        this.finite = new boolean[size];
        Arrays.fill(finite, true);
    }

    List<Result> run() {
        long started = System.nanoTime();
        NDArray pixels =
                DeviceImages.pixels(scope, inputs.stream().map(Input::image).toList());
        NDArray latent = model.encode(scope, pixels);
        Conditioning caption = model.condition(scope, captions, chunks).withSizes(sizes());
        latent.toFloatArray();
        double encodeSeconds = secondsSince(started);

        stopIfInterrupted();
        Shared shared = invert(latent, caption, encodeSeconds);
        Decoded ceiling = decode(latent, pixels);
        List<List<Engine.Reconstruction>> reconstructions = new ArrayList<>();
        inputs.forEach(input -> reconstructions.add(new ArrayList<>()));
        for (Method method : recipe.methods()) {
            stopIfInterrupted();
            List<Engine.Reconstruction> made = reconstruct(method, shared, pixels);
            for (int i = 0; i < size; i++) {
                reconstructions.get(i).add(made.get(i));
            }
        }
        List<Result> results = new ArrayList<>();
        int[] shape = Arrays.stream(latent.getShape().getShape(), 1, 4)
                .mapToInt(Math::toIntExact)
                .toArray();
        for (int i = 0; i < size; i++) {
            Tokens tokens = model.tokenizer().encode(captions.get(i));
            results.add(new Result(
                    shared.terminal() == null ? null : new Latent(shape, littleEndian(shared.terminal(), i)),
                    finite[i],
                    ceiling.images().get(i),
                    ceiling.lpips()[i],
                    List.copyOf(reconstructions.get(i)),
                    tokens.tokenCount(),
                    chunks == 1 && tokens.truncated()));
        }
        return results;
    }

    /**
     * What the methods share.
     *
     * @param terminal z_T; null where no method starts from it
     */
    private record Shared(
            Inversion inversion, float[] terminal, long evaluations, double encodeSeconds, double inversionSeconds) {}

    private Shared invert(NDArray latent, Conditioning caption, double encodeSeconds) {
        List<Step> steps = model.schedule().steps(recipe.steps());
        boolean needed = recipe.methods().stream().map(Method::reconstruction).anyMatch(Reconstruction::usesInversion);
        if (!needed) {
            Trajectory start = new Trajectory(List.of(latent));
            return new Shared(
                    new Inversion(steps, start, caption, this::emptyPrompts, noise()), null, 0, encodeSeconds, 0);
        }
        long started = System.nanoTime();
        Denoiser unet = new Denoiser(model);
        Trajectory trajectory = DdimInversion.invert(scope, unet, steps, latent, caption);
        float[] terminal = trajectory.last().toFloatArray();
        double seconds = secondsSince(started);
        markFinite(DeviceImages.finite(terminal, size));
        Inversion inversion = new Inversion(steps, trajectory, caption, this::emptyPrompts, noise());
        return new Shared(inversion, terminal, unet.evaluations(), encodeSeconds, seconds);
    }

    private List<Engine.Reconstruction> reconstruct(Method method, Shared shared, NDArray pixels) {
        try (PeakMemory.Watch watch = memory.watch();
                NDManager methodScope = model.newScope()) {
            long started = System.nanoTime();
            Denoiser unet = new Denoiser(model);
            Reconstruction algorithm = method.reconstruction();
            Reconstructed reconstructed =
                    algorithm.reconstruct(methodScope, unet, shared.inversion(), recipe.guidance());
            NDArray last = reconstructed.trajectory().last();
            markFinite(DeviceImages.finite(last.toFloatArray(), size));
            double seconds = secondsSince(started);
            Decoded decoded = decode(last, pixels);
            long peak = watch.most();
            List<Engine.Reconstruction> made = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                NullTextTrace nullText = trace(reconstructed, i);
                int updates = nullText == null
                        ? 0
                        : IntStream.of(nullText.innerSteps()).sum();
                // All passes are shared evenly, but for null texts' updates, of which each image's own are known.
                long together = nullText == null ? unet.evaluations() : unet.evaluations() - unet.gradients();
                int evaluations = (int) (together / size) + updates;
                Cost cost = new Cost(
                        algorithm.usesInversion() ? (int) (shared.evaluations() / size) : 0,
                        evaluations,
                        (int) (unet.shallowEvaluations() / size),
                        nullText == null ? (int) (unet.gradients() / size) : updates,
                        shared.encodeSeconds() / size,
                        algorithm.usesInversion() ? shared.inversionSeconds() / size : 0,
                        seconds / size,
                        decoded.seconds() / size,
                        size,
                        peak);
                made.add(
                        new Engine.Reconstruction(method, decoded.images().get(i), decoded.lpips()[i], cost, nullText));
            }
            return made;
        }
    }

    private static NullTextTrace trace(Reconstructed reconstructed, int image) {
        return reconstructed
                .nullText()
                .map(nullText -> new NullTextTrace(nullText.captionCosine()[image], nullText.innerSteps(image)))
                .orElse(null);
    }

    private ImageNoise noise() {
        return DeviceImages.noise(inputs.stream().map(Input::image).toList());
    }

    private Conditioning emptyPrompts() {
        return model.condition(scope, model.embedNothing(scope, size, chunks)).withSizes(sizes());
    }

    private List<SizeCondition> sizes() {
        return inputs.stream().map(Input::size).filter(Objects::nonNull).toList();
    }

    private Decoded decode(NDArray latents, NDArray originals) {
        Decoded decoded = images.decode(latents, originals);
        markFinite(decoded.finite());
        return decoded;
    }

    private void markFinite(boolean[] more) {
        for (int i = 0; i < size; i++) {
            finite[i] &= more[i];
        }
    }

    private byte[] littleEndian(float[] latents, int index) {
        int length = latents.length / size;
        ByteBuffer bytes = ByteBuffer.allocate(length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(latents, index * length, length);
        return bytes.array();
    }

    /** A task that Spark has killed need not compute to the batch's end. */
    static void stopIfInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("the task was cancelled");
        }
    }
}
