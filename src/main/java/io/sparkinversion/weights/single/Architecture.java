package io.sparkinversion.weights.single;

import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.WeightsException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What kind of model a single file holds, told from names and shapes as the common tools tell it. */
public enum Architecture {
    SD1("sd15"),
    SD2("sd21"),
    SDXL("sdxl");

    private static final String FIRST_CLIP = "cond_stage_model.transformer.";
    private static final String OPEN_CLIP = "cond_stage_model.model.";
    private static final String XL_FIRST = "conditioner.embedders.0.transformer.";
    private static final String XL_SECOND = "conditioner.embedders.1.model.";
    private static final String REFINER = "conditioner.embedders.0.model.";
    private static final String CONV_IN = SingleFile.UNET + "input_blocks.0.0.weight";
    private static final String EMA_CONV_IN = "model_ema.diffusion_modelinput_blocks00weight";

    private static final long XL_CHANNELS = 320;
    private static final List<String> XL_DEEPEST = List.of(
            SingleFile.UNET + "input_blocks.8.1.transformer_blocks.9.norm1.weight",
            SingleFile.UNET + "middle_block.1.transformer_blocks.9.norm1.weight",
            SingleFile.UNET + "output_blocks.2.1.transformer_blocks.9.norm1.weight");

    private final String configs;

    Architecture(String configs) {
        this.configs = configs;
    }

    /** The name of its built-in configs. */
    public String configs() {
        return configs;
    }

    String textPrefix(boolean second) {
        return switch (this) {
            case SD1 -> FIRST_CLIP;
            case SD2 -> OPEN_CLIP;
            case SDXL -> second ? XL_SECOND : XL_FIRST;
        };
    }

    /** @throws WeightsException if it is none of these, naming what it is if that can be told */
    static Architecture of(WeightSource file) {
        Set<String> names = file.names();
        String convIn = names.contains(CONV_IN) ? CONV_IN : names.contains(EMA_CONV_IN) ? EMA_CONV_IN : null;
        if (convIn == null) {
            throw new WeightsException(file.description() + " holds no UNet of Stable Diffusion: there is no tensor '"
                    + CONV_IN + "'" + otherwise(names));
        }
        byChannels(file, names, convIn);
        if (has(names, REFINER) && !has(names, XL_SECOND)) {
            throw refused(file, "the SDXL refiner", "it finishes images of the SDXL base model; take that one");
        }
        if (names.contains("edm_mean") || names.contains("edm_std")) {
            throw refused(file, "Playground 2.5, an EDM model", "its network expects scaled inputs");
        }
        if (has(names, "edm_vpred.")) {
            throw refused(file, "CosXL, an EDM model", "its network expects scaled inputs");
        }
        if (names.contains("ztsnr")) {
            throw refused(
                    file,
                    "a model with zero terminal SNR (tensor ztsnr)",
                    "it has no image in its last step, which inversion cannot pass");
        }
        if (has(names, "embedder.model.")) {
            throw refused(file, "an unCLIP model", "it needs the embedding of a second picture");
        }
        if (has(names, XL_SECOND)) {
            boolean fullSize = file.shape(convIn)[0] == XL_CHANNELS;
            if (fullSize && names.contains(CONV_IN) && !names.containsAll(XL_DEEPEST)) {
                throw refused(
                        file,
                        "a distilled SDXL (SSD-1B, Vega, KOALA)",
                        "the depth of its transformers differs within a level");
            }
            return SDXL;
        }
        if (has(names, OPEN_CLIP)) {
            return SD2;
        }
        if (has(names, FIRST_CLIP)) {
            return SD1;
        }
        throw new WeightsException(file.description() + " holds a UNet and no text encoder: no tensor begins with "
                + FIRST_CLIP + ", " + OPEN_CLIP + " or " + XL_SECOND + "; take the whole checkpoint");
    }

    /** Told from the text encoders alone, so of models that are not supported, too. */
    static Optional<Architecture> byTextEncoders(Set<String> names) {
        if (has(names, "conditioner.embedders.")) {
            return Optional.of(SDXL);
        }
        if (has(names, OPEN_CLIP)) {
            return Optional.of(SD2);
        }
        return has(names, FIRST_CLIP) ? Optional.of(SD1) : Optional.empty();
    }

    private static void byChannels(WeightSource file, Set<String> names, String convIn) {
        long[] shape = file.shape(convIn);
        long channels = shape.length > 1 ? shape[1] : 0;
        if (channels == 9) {
            throw refused(file, "an inpainting model", "it needs a mask and a masked picture");
        }
        if (channels == 8) {
            String kind = has(names, "cc_projection.") ? "Zero123" : "an instruct-pix2pix model";
            throw refused(file, kind, "it needs the latents of a second picture");
        }
        if (channels == 7) {
            throw refused(file, "an x4 upscaler", "it needs a smaller picture");
        }
        if (channels == 5 || has(names, "depth_model.")) {
            throw refused(file, "a depth-to-image model", "it needs a depth map");
        }
    }

    private static String otherwise(Set<String> names) {
        if (has(names, "model.diffusion_model.joint_blocks.") || has(names, "joint_blocks.")) {
            return "; it is Stable Diffusion 3, which is not supported";
        }
        if (has(names, "double_blocks.") || has(names, "model.diffusion_model.double_blocks.")) {
            return "; it is Flux, which is not supported";
        }
        if (names.stream().anyMatch(name -> name.startsWith("lora_") || name.contains(".lora_"))) {
            return "; it is a LoRA: give the model with --model and this file with --lora";
        }
        if (has(names, "down_blocks.")) {
            return "; it is the UNet of a diffusers folder: give the folder";
        }
        return "";
    }

    private static boolean has(Set<String> names, String prefix) {
        return names.stream().anyMatch(name -> name.startsWith(prefix));
    }

    private static WeightsException refused(WeightSource file, String kind, String why) {
        return new WeightsException(file.description() + " is " + kind + ", which is not supported: " + why);
    }
}
