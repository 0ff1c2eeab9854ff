package io.sparkinversion.diffusion;

import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.torchscript.CompiledProgram;
import io.sparkinversion.torchscript.DeviceWeights;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.weights.RenamedWeights;
import io.sparkinversion.weights.WeightSource;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Brings a component's weights and program together on the manager's device.
 *
 * @param closers gets an entry for every network that was loaded
 */
record NetworkLoader(ModelComponents components, NDManager manager, List<Runnable> closers) {

    LoadedNetwork load(
            Component component, Program program, ScalarType type, Map<String, String> oldNames, Set<String> ignored) {
        try (WeightSource stored = components.weights(component, program.weights())) {
            WeightSource source = new RenamedWeights(stored, oldNames);
            DeviceWeights weights =
                    DeviceWeights.load(source, program.weights(), ignored, manager, type, program.format());
            return compile(program, weights);
        }
    }

    LoadedNetwork withoutWeights(Program program) {
        return compile(program, DeviceWeights.none(manager));
    }

    private LoadedNetwork compile(Program program, DeviceWeights weights) {
        try {
            LoadedNetwork network = new LoadedNetwork(CompiledProgram.compile(program, weights), weights);
            closers.add(network::close);
            return network;
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }
}
