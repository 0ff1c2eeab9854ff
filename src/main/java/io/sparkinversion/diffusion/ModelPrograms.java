package io.sparkinversion.diffusion;

import io.sparkinversion.torchscript.MemoryFormat;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import java.util.List;
import java.util.stream.Stream;

/**
 * A model's networks as programs that any libtorch runs, from its configs alone.
 *
 * @param textEncoders two for Stable Diffusion XL, one else
 */
public record ModelPrograms(List<Program> textEncoders, Program vae, Program unet) {

    /**
     * @param precision of the UNet; everything else computes in float32
     * @param target what they are written for
     * @throws io.sparkinversion.network.UnsupportedConfigException if a config asks for what is not built here
     */
    public static ModelPrograms of(ModelComponents components, ScalarType precision, Target target) {
        ModelNetworks networks = ModelNetworks.of(components, precision);
        Target tokens = new Target(MemoryFormat.CHANNELS_FIRST, target.kernels());
        return new ModelPrograms(
                networks.textEncoders().values().stream()
                        .map(encoder -> encoder.program(tokens))
                        .toList(),
                networks.vae().program(target),
                networks.unet().program(target));
    }

    public List<Program> all() {
        return Stream.concat(textEncoders.stream(), Stream.of(vae, unet)).toList();
    }
}
