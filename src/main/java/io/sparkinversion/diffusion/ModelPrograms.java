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
import java.util.List;

/** The networks of a model as programs, from its configs alone. */
public record ModelPrograms(Program textEncoder, Program vae, Program unet) {

    /**
     * @param precision of the UNet; everything else computes in float32
     * @param format of images
     * @throws io.sparkinversion.network.UnsupportedConfigException if a config asks for what is not built here
     */
    public static ModelPrograms of(ModelComponents components, ScalarType precision, MemoryFormat format) {
        ClipTextConfig text = ClipTextConfig.of(components.config(Component.TEXT_ENCODER));
        VaeConfig vae = VaeConfig.of(components.config(Component.VAE));
        UNetConfig unet = UNetConfig.of(components.config(Component.UNET));
        return of(text, vae, unet, precision, format);
    }

    static ModelPrograms of(
            ClipTextConfig text, VaeConfig vae, UNetConfig unet, ScalarType precision, MemoryFormat format) {
        return new ModelPrograms(
                new ClipTextEncoder(text, ScalarType.FLOAT32).program(),
                new AutoencoderKl(vae).program(format),
                new UNet2DCondition(unet, precision).program(format));
    }

    public List<Program> all() {
        return List.of(textEncoder, vae, unet);
    }
}
