package io.sparkinversion.diffusion;

import io.sparkinversion.torchscript.CompiledProgram;
import io.sparkinversion.torchscript.DeviceWeights;

/** A program and the weights that it was compiled with. */
record LoadedNetwork(CompiledProgram program, DeviceWeights weights) implements AutoCloseable {
    @Override
    public void close() {
        program.close();
        weights.close();
    }
}
