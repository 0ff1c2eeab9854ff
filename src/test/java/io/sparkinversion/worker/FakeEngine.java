package io.sparkinversion.worker;

import io.sparkinversion.engine.EditRecipe;
import io.sparkinversion.engine.Engine;
import io.sparkinversion.engine.Engine.Cost;
import io.sparkinversion.engine.Engine.Latent;
import io.sparkinversion.engine.EngineException;
import io.sparkinversion.engine.EngineException.Kind;
import io.sparkinversion.engine.Recipe;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.inversion.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** An engine without a model: returns every image unchanged, the caption's bytes as its latent, and fails as told. */
final class FakeEngine implements Engine {
    private final List<List<String>> batches = Collections.synchronizedList(new ArrayList<>());
    private final Set<String> failing = new HashSet<>();
    private final Set<String> crashing = new HashSet<>();
    private final Set<String> notFinite = new HashSet<>();
    private final Set<String> neverFitting = new HashSet<>();
    private final Set<String> misshaped = new HashSet<>();
    private final AtomicInteger closings = new AtomicInteger();
    private int largestBatch = Integer.MAX_VALUE;
    private int batchesWithDevice = Integer.MAX_VALUE;
    private Runnable whileRunning = () -> {};

    /** Every batch with this caption fails for a reason that the engine knows. */
    FakeEngine failsFor(String caption) {
        failing.add(caption);
        return this;
    }

    /** Every batch with this caption meets a defect of the program. */
    FakeEngine crashesFor(String caption) {
        crashing.add(caption);
        return this;
    }

    FakeEngine notFiniteFor(String caption) {
        notFinite.add(caption);
        return this;
    }

    /** The reconstruction has another size than the image. */
    FakeEngine misshapenFor(String caption) {
        misshaped.add(caption);
        return this;
    }

    FakeEngine outOfMemoryAbove(int batchSize) {
        largestBatch = batchSize;
        return this;
    }

    FakeEngine outOfMemoryFor(String caption) {
        neverFitting.add(caption);
        return this;
    }

    FakeEngine losesDeviceAfter(int goodBatches) {
        batchesWithDevice = goodBatches;
        return this;
    }

    /** Called on the engine's thread in the middle of every batch. */
    FakeEngine whileRunning(Runnable action) {
        whileRunning = action;
        return this;
    }

    /** The captions of every batch that was asked for, also of those that failed. */
    List<List<String>> batches() {
        return List.copyOf(batches);
    }

    List<Integer> batchSizes() {
        return batches().stream().map(List::size).toList();
    }

    int closings() {
        return closings.get();
    }

    @Override
    public String device() {
        return "gpu:7";
    }

    @Override
    public List<Result> run(List<Input> batch, Recipe recipe) {
        List<String> captions = batch.stream().map(Input::caption).toList();
        batches.add(captions);
        whileRunning.run();
        if (batches.size() > batchesWithDevice) {
            throw new EngineException(Kind.DEVICE_LOST, "injected: unspecified launch failure", null);
        }
        if (batch.size() > largestBatch || !Collections.disjoint(neverFitting, captions)) {
            throw new EngineException(Kind.OUT_OF_MEMORY, "injected: out of memory at " + batch.size(), null);
        }
        if (!Collections.disjoint(failing, captions)) {
            throw new EngineException(Kind.OTHER, "injected: bad input", null);
        }
        if (!Collections.disjoint(crashing, captions)) {
            throw new IndexOutOfBoundsException("injected: index 7");
        }
        return batch.stream().map(input -> result(input, batch.size())).toList();
    }

    @Override
    public List<Edited> edit(List<EditInput> batch, Recipe recipe, EditRecipe edits) {
        throw new UnsupportedOperationException("edits are tried with the embedded model");
    }

    private Result result(Input input, int batchSize) {
        byte[] latent = input.caption().getBytes(StandardCharsets.UTF_8);
        RgbImage reconstruction = misshaped.contains(input.caption()) ? new RgbImage(1, 1, new byte[3]) : input.image();
        return new Result(
                new Latent(new int[] {latent.length, 1, 1}, latent),
                !notFinite.contains(input.caption()),
                input.image(),
                0.25,
                List.of(new Reconstruction(
                        Method.NEGATIVE_PROMPT,
                        reconstruction,
                        0.5,
                        new Cost(50, 50, 0, 1, 2, 3, 4, batchSize, 1 << 30),
                        null)),
                3,
                false);
    }

    @Override
    public void close() {
        closings.incrementAndGet();
    }
}
