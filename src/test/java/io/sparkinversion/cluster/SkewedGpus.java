package io.sparkinversion.cluster;

import ai.djl.Device;
import io.sparkinversion.engine.EditRecipe;
import io.sparkinversion.engine.Engine;
import io.sparkinversion.engine.Recipe;
import io.sparkinversion.worker.EngineRegistry.Loader;
import io.sparkinversion.worker.WorkerHook;
import io.sparkinversion.worker.WorkerSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Made-up GPUs on which an image whose caption begins with {@value #HEAVY} costs {@value #FACTOR} times as much as others,
 * as null-text inversion does beside negative-prompt inversion in the paper. Nobody can know before. Each image of a
 * batch costs for itself.
 *
 * @param gpuCount of each host
 * @param evaluation how long each of the UNet takes
 */
record SkewedGpus(int gpuCount, Duration evaluation) implements WorkerHook {
    private static final long serialVersionUID = 1L;
    static final String HEAVY = "heavy";
    static final int FACTOR = 28;

    @Override
    public Engine load(WorkerSettings settings, Device device, Loader shipped) {
        return new SkewedEngine(new FixedCostEngine("gpu:" + device.getDeviceId(), evaluation, () -> {}));
    }

    private record SkewedEngine(FixedCostEngine engine) implements Engine {
        @Override
        public String device() {
            return engine.device();
        }

        @Override
        public synchronized List<Result> run(List<Input> batch, Recipe recipe) {
            List<Result> results = new ArrayList<>();
            for (Input input : batch) {
                int steps = recipe.steps() * (input.caption().startsWith(HEAVY) ? FACTOR : 1);
                Recipe cost = new Recipe(recipe.methods(), steps, recipe.guidance());
                results.addAll(engine.run(List.of(input), cost));
            }
            return results;
        }

        @Override
        public List<Edited> edit(List<EditInput> batch, Recipe recipe, EditRecipe edits) {
            throw new UnsupportedOperationException("nothing is edited here");
        }

        @Override
        public void close() {}
    }
}
