package io.sparkinversion.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.network.AutoencoderKl;
import io.sparkinversion.network.ClipTextEncoder;
import io.sparkinversion.network.UNet2DCondition;
import io.sparkinversion.torchscript.Argument;
import io.sparkinversion.torchscript.CompiledProgram;
import io.sparkinversion.torchscript.MemoryFormat;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The intermediate results of a model's networks, by name, for comparison with the reference code's. The programs that
 * answer with them share the model's weights and are loaded at their first use; they are closed with the model.
 */
public final class ModelInspection {
    private final StableDiffusion model;
    private final NetworkLoader loader;
    private final MemoryFormat format;
    private final Map<Component, CompiledProgram> textEncoders = new EnumMap<>(Component.class);
    private CompiledProgram unet;
    private CompiledProgram vae;

    ModelInspection(StableDiffusion model, NetworkLoader loader, MemoryFormat format) {
        this.model = model;
        this.loader = loader;
        this.format = format;
    }

    /** Of the text encoder: the residual stream before and after every layer, each {@code [B, 77, D]}. */
    public Map<String, NDArray> textEncoder(NDManager owner, List<String> prompts) {
        try (NDManager scope = model.newScope()) {
            return textEncoder(Component.TEXT_ENCODER, model.prompts.first)
                    .checkpoints(owner, ClipTextEncoder.CHECKPOINTS, Argument.of(model.prompts.ids(scope, prompts)));
        }
    }

    /** Likewise of the second text encoder. */
    public Map<String, NDArray> secondTextEncoder(NDManager owner, List<String> prompts) {
        try (NDManager scope = model.newScope()) {
            return textEncoder(Component.TEXT_ENCODER_2, model.prompts.second)
                    .checkpoints(
                            owner, ClipTextEncoder.CHECKPOINTS, Argument.of(model.prompts.secondIds(scope, prompts)));
        }
    }

    /** The prompts' ids, with padding, of the second tokenizer: {@code [B, 77]}. */
    public NDArray secondIds(NDManager owner, List<String> prompts) {
        return model.prompts.secondIds(owner, prompts);
    }

    /** Of one UNet evaluation; see {@link StableDiffusion#predict}. */
    public Map<String, NDArray> unet(NDManager owner, NDArray latent, int[] timesteps, Conditioning text) {
        try (NDManager scope = model.newScope()) {
            return unet().checkpoints(
                            owner, UNet2DCondition.CHECKPOINTS, model.unetArguments(scope, latent, timesteps, text));
        }
    }

    /**
     * Of one controlled UNet evaluation: among them, as {@code down0.attn1.block.attn2.map}, the cross-attention maps
     * {@code [K, heads, H * W, 77]} after control.
     */
    public Map<String, NDArray> unet(
            NDManager owner, NDArray latent, int timestep, Conditioning text, AttentionControl control) {
        try (NDManager scope = model.newScope()) {
            return unet().checkpoints(
                            owner,
                            UNet2DCondition.CONTROLLED_CHECKPOINTS,
                            model.controlledArguments(scope, latent, timestep, text, control));
        }
    }

    /** Of the autoencoder's encoding of pixels {@code [B, 3, H, W]}, and of its decoding of the unscaled mean. */
    public Map<String, NDArray> autoencoder(NDManager owner, NDArray pixels) {
        Map<String, NDArray> results = vae().checkpoints(owner, AutoencoderKl.ENCODER_CHECKPOINTS, Argument.of(pixels));
        NDArray mean = model.autoencoder().posterior(owner, pixels).get(0);
        results.putAll(vae().checkpoints(owner, AutoencoderKl.DECODER_CHECKPOINTS, Argument.of(mean)));
        return results;
    }

    private synchronized CompiledProgram textEncoder(Component component, LoadedNetwork loaded) {
        return textEncoders.computeIfAbsent(
                component,
                key -> loader.sharing(
                        loaded,
                        model.networks.textEncoders().get(key)::checkpointProgram,
                        MemoryFormat.CHANNELS_FIRST));
    }

    private synchronized CompiledProgram unet() {
        if (unet == null) {
            unet = loader.sharing(model.unet, model.networks.unet()::checkpointProgram, format);
        }
        return unet;
    }

    private synchronized CompiledProgram vae() {
        if (vae == null) {
            vae = loader.sharing(model.vae, model.networks.vae()::checkpointProgram, format);
        }
        return vae;
    }
}
