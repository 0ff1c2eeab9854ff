package io.sparkinversion.diffusion;

import io.sparkinversion.torchscript.CompiledProgram;
import io.sparkinversion.torchscript.DeviceWeights;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.weights.WeightSource;
import java.util.function.Function;

/**
 * A program and the weights that it was compiled with.
 *
 * @param source opens the stored weights for another program of the same network
 */
record LoadedNetwork(CompiledProgram program, DeviceWeights weights, Function<Program, WeightSource> source)
        implements AutoCloseable {
    @Override
    public void close() {
        program.close();
        weights.close();
    }
}
