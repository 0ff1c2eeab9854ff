package io.sparkinversion.diffusion;

import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.network.AutoencoderKl;
import io.sparkinversion.network.ClipTextConfig;
import io.sparkinversion.network.ClipTextEncoder;
import io.sparkinversion.network.UNet2DCondition;
import io.sparkinversion.network.UNetConfig;
import io.sparkinversion.network.VaeConfig;
import io.sparkinversion.torchscript.MemoryFormat;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import java.util.List;

/** A model's networks as programs that any libtorch runs, from its configs alone. */
public record ModelPrograms(Program textEncoder, Program vae, Program unet) {

    /**
     * @param precision of the UNet; everything else computes in float32
     * @param target what they are written for
     * @throws io.sparkinversion.network.UnsupportedConfigException if a config asks for what is not built here
     */
    public static ModelPrograms of(ModelComponents components, ScalarType precision, Target target) {
        ClipTextConfig text = ClipTextConfig.of(components.config(Component.TEXT_ENCODER));
        VaeConfig vae = VaeConfig.of(components.config(Component.VAE));
        UNetConfig unet = UNetConfig.of(components.config(Component.UNET));
        Target tokens = new Target(MemoryFormat.CHANNELS_FIRST, target.kernels());
        return new ModelPrograms(
                new ClipTextEncoder(text, ScalarType.FLOAT32).program(tokens),
                new AutoencoderKl(vae).program(target),
                new UNet2DCondition(unet, precision).program(target));
    }

    public List<Program> all() {
        return List.of(textEncoder, vae, unet);
    }
}
