package io.sparkinversion.diffusion;

import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.network.AutoencoderKl;
import io.sparkinversion.network.ClipTextConfig;
import io.sparkinversion.network.ClipTextEncoder;
import io.sparkinversion.network.ClipTextEncoder.Use;
import io.sparkinversion.network.UNet2DCondition;
import io.sparkinversion.network.UNetConfig;
import io.sparkinversion.network.UnsupportedConfigException;
import io.sparkinversion.network.VaeConfig;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.weights.RenamedWeights;
import io.sparkinversion.weights.TextEncoderWeights;
import io.sparkinversion.weights.WeightSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The architectures of a model's parts, from its configs, which fit each other.
 *
 * @param textEncoders one for Stable Diffusion 1.x and 2.x, two for XL
 */
public record ModelNetworks(
        UNetConfig unetConfig,
        VaeConfig vaeConfig,
        Map<Component, ClipTextConfig> textConfigs,
        UNet2DCondition unet,
        AutoencoderKl vae,
        Map<Component, ClipTextEncoder> textEncoders) {

    /**
     * @param precision of the UNet; everything else computes in float32
     * @throws UnsupportedConfigException if a config asks for what is not built here, or two do not fit each other
     */
    public static ModelNetworks of(ModelComponents components, ScalarType precision) {
        UNetConfig unet = UNetConfig.of(components.config(Component.UNET));
        VaeConfig vae = VaeConfig.of(components.config(Component.VAE));
        boolean two = unet.addition() != null;
        Map<Component, ClipTextConfig> configs = new EnumMap<>(Component.class);
        Map<Component, ClipTextEncoder> encoders = new EnumMap<>(Component.class);
        for (Component component :
                two ? List.of(Component.TEXT_ENCODER, Component.TEXT_ENCODER_2) : List.of(Component.TEXT_ENCODER)) {
            ClipTextConfig config = ClipTextConfig.of(components.config(component));
            Use use = !two ? Use.LAST_STATE : component == Component.TEXT_ENCODER ? Use.PENULTIMATE : Use.POOLED;
            configs.put(component, config);
            encoders.put(component, new ClipTextEncoder(config, ScalarType.FLOAT32, use));
        }
        requireFit(components.name(), unet, vae, configs);
        return new ModelNetworks(
                unet, vae, configs, new UNet2DCondition(unet, precision), new AutoencoderKl(vae), encoders);
    }

    private static void requireFit(String model, UNetConfig unet, VaeConfig vae, Map<Component, ClipTextConfig> text) {
        int width = text.values().stream().mapToInt(ClipTextConfig::hiddenSize).sum();
        require(model, "cross_attention_dim", unet.crossAttentionDim(), "the text encoders' width", width);
        require(model, "in_channels", unet.inChannels(), "the VAE's latent_channels", vae.latentChannels());
        if (unet.addition() != null) {
            int projection = text.get(Component.TEXT_ENCODER_2).projectionDim();
            require(
                    model,
                    "projection_class_embeddings_input_dim less 6 x addition_time_embed_dim",
                    unet.addition().pooledDim(),
                    "text_encoder_2's projection_dim",
                    projection);
        }
    }

    private static void require(String model, String key, int value, String other, int expected) {
        if (value != expected) {
            throw new UnsupportedConfigException(
                    "the parts of " + model + " do not belong together: " + key + " of unet/config.json is " + value
                            + ", " + other + " is " + expected,
                    null);
        }
    }

    /** The program that a component is loaded with. */
    public Program program(Component component, Target target) {
        return switch (component) {
            case UNET -> unet.inferenceProgram(target);
            case VAE -> vae.program(target);
            default -> textEncoders.get(component).program(target);
        };
    }

    /** The components with weights. */
    public List<Component> components() {
        return textEncoders.containsKey(Component.TEXT_ENCODER_2)
                ? List.of(Component.TEXT_ENCODER, Component.TEXT_ENCODER_2, Component.VAE, Component.UNET)
                : List.of(Component.TEXT_ENCODER, Component.VAE, Component.UNET);
    }

    /**
     * A component's weights under the names that its program has; the caller closes them.
     *
     * @param program of the component
     */
    public WeightSource weights(ModelComponents model, Component component, Program program) {
        WeightSource stored = model.weights(component, program.weights());
        WeightSource named =
                switch (component) {
                    case VAE -> new RenamedWeights(stored, AutoencoderKl.OLD_ATTENTION_NAMES);
                    case TEXT_ENCODER, TEXT_ENCODER_2 ->
                        TextEncoderWeights.of(
                                stored,
                                textConfigs.get(component).numHiddenLayers(),
                                textEncoders.get(component).use() == Use.POOLED);
                    default -> stored;
                };
        return model.adapted(component, named);
    }
}
