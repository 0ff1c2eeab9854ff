package io.sparkinversion.network;

import java.util.Map;
import java.util.TreeMap;

/**
 * UNets that share the keys of Stable Diffusion's config and are other models. They are refused by the name of their
 * kind: the key that differs means nothing to most users.
 */
final class UNetKinds {
    private static final String ONLY_TEXT = "inversion starts from an image and its caption alone";

    /** By the number of input channels. */
    private static final Map<Integer, String[]> BY_CHANNELS = new TreeMap<>(Map.of(
            5, new String[] {"a depth-to-image model", "it needs a depth map; " + ONLY_TEXT},
            7, new String[] {"an x4 upscaler", "it needs a picture of a quarter of the size; " + ONLY_TEXT},
            8, new String[] {"an instruct-pix2pix model", "it needs the latents of a second picture; " + ONLY_TEXT},
            9,
                    new String[] {
                        "an inpainting model",
                        "it needs a mask and the masked picture's latents; take the model that it was made of"
                    }));

    /** The first of SDXL's two models has sizes of 2560 = 1280 + 5 x 256: an aesthetic score instead of a target size. */
    private static final int REFINER_INPUT = 2560;

    private UNetKinds() {}

    /**
     * @throws UnsupportedConfigException naming the kind
     */
    static void refuseOthers(NetworkConfig config) {
        if (config.has("_class_name")) {
            byClass(config, config.anyText("_class_name"));
        }
        if (config.has("in_channels")) {
            String[] kind = BY_CHANNELS.get(config.integer("in_channels"));
            if (kind != null) {
                throw config.refusedKind(kind[0], kind[1]);
            }
        }
        if (config.has("time_cond_proj_dim")) {
            throw config.refusedKind(
                    "a latent consistency model (LCM)",
                    "it was distilled to a few steps and has the guidance scale as an input; take the model that it was"
                            + " made of");
        }
        if (config.has("addition_embed_type")
                && config.has("projection_class_embeddings_input_dim")
                && config.integer("projection_class_embeddings_input_dim") == REFINER_INPUT) {
            throw config.refusedKind("the SDXL refiner", "it finishes images of the SDXL base model; take that one");
        }
        if (config.has("reverse_transformer_layers_per_block") || config.isNestedList("transformer_layers_per_block")) {
            throw config.refusedKind(
                    "a distilled SDXL (SSD-1B, Vega, KOALA)",
                    "the depth of its transformers differs within a level; take SDXL");
        }
        if (config.has("class_embed_type") && config.anyText("class_embed_type").equals("projection")) {
            throw config.refusedKind("an unCLIP model", "it needs the embedding of a second picture; " + ONLY_TEXT);
        }
        config.only("class_embed_type");
    }

    private static void byClass(NetworkConfig config, String name) {
        if (name.startsWith("SD3Transformer") || name.startsWith("FluxTransformer")) {
            throw config.refusedKind(
                    name.startsWith("SD3") ? "Stable Diffusion 3" : "Flux",
                    "it is a transformer trained as a flow model, not a UNet that predicts noise");
        }
    }
}
