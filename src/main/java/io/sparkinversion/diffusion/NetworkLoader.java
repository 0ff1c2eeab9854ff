package io.sparkinversion.diffusion;

import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.platform.Finding;
import io.sparkinversion.platform.Platform;
import io.sparkinversion.platform.Platform.Fitted;
import io.sparkinversion.torchscript.CompiledProgram;
import io.sparkinversion.torchscript.DeviceWeights;
import io.sparkinversion.torchscript.MemoryFormat;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.torchscript.WeightSpec;
import io.sparkinversion.weights.WeightSource;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Brings a component's weights and program together on the manager's device, by kernels that are right there.
 *
 * @param platform the manager's device
 * @param batch images that are computed at once
 * @param findings gets what was found about every operation
 * @param closers gets an entry for every network that was loaded
 */
record NetworkLoader(
        ModelComponents components,
        NDManager manager,
        Platform platform,
        int batch,
        List<Finding> findings,
        List<Runnable> closers) {

    LoadedNetwork load(ModelNetworks networks, Component component, MemoryFormat format, ScalarType type) {
        Program program = fit(target -> networks.program(component, target), format);
        Function<Program, WeightSource> opener = each -> networks.weights(components, component, each);
        try (WeightSource source = opener.apply(program)) {
            DeviceWeights weights =
                    DeviceWeights.load(source, program.weights(), Set.of(), manager, type, program.format());
            return compile(program, weights, opener);
        }
    }

    /** Another program on a network's weights, which stay the network's. */
    CompiledProgram sharing(LoadedNetwork network, Function<Target, Program> another, MemoryFormat format) {
        Program program = fit(another, format);
        List<WeightSpec> missing = network.weights().missing(program.weights());
        if (!missing.isEmpty()) {
            try (WeightSource source = network.source().apply(program)) {
                network.weights().add(source, missing);
            }
        }
        CompiledProgram compiled = CompiledProgram.compile(program, network.weights());
        closers.add(0, compiled::close);
        return compiled;
    }

    private Program fit(Function<Target, Program> network, MemoryFormat format) {
        Fitted fitted = platform.fit(network, format, batch);
        findings.addAll(fitted.findings());
        return fitted.program();
    }

    LoadedNetwork withoutWeights(Program program) {
        return compile(program, DeviceWeights.none(manager), any -> {
            throw new IllegalStateException(any.name() + " has no weights");
        });
    }

    private LoadedNetwork compile(Program program, DeviceWeights weights, Function<Program, WeightSource> source) {
        try {
            LoadedNetwork network = new LoadedNetwork(CompiledProgram.compile(program, weights), weights, source);
            closers.add(network::close);
            return network;
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }
}
