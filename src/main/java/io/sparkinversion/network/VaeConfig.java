package io.sparkinversion.network;

import java.util.List;

/**
 * What an {@code AutoencoderKL}'s {@code config.json} says, in its own terms.
 *
 * @param scalingFactor what latents are multiplied with after encoding and divided by before decoding
 */
public record VaeConfig(
        List<Integer> blockOutChannels,
        int layersPerBlock,
        int latentChannels,
        int normNumGroups,
        double scalingFactor) {

    /** Each but the first halves the sides: with ten, 512 pixels are one element. */
    private static final int MOST_BLOCKS = 10;

    private static final double STABLE_DIFFUSION_1_SCALING = 0.18215;

    /**
     * @throws UnsupportedConfigException naming the first key that is missing or asks for something else
     */
    public static VaeConfig of(NetworkConfig config) {
        List<Integer> channels = config.integers("block_out_channels");
        if (channels.size() > MOST_BLOCKS) {
            throw config.refused("block_out_channels", channels, "up to " + MOST_BLOCKS + " blocks are supported");
        }
        for (String key : List.of("down_block_types", "up_block_types")) {
            String type = key.startsWith("down") ? "DownEncoderBlock2D" : "UpDecoderBlock2D";
            if (config.texts(key, type).size() != channels.size()) {
                throw config.refused(
                        key, config.texts(key, type), "one entry for each of block_out_channels is expected");
            }
        }
        VaeConfig result = new VaeConfig(
                channels,
                config.integer("layers_per_block", 1),
                config.integer("latent_channels", 4),
                config.normGroups(channels),
                config.number("scaling_factor", STABLE_DIFFUSION_1_SCALING));
        // force_upcast asks for float32, which the autoencoder always runs in here.
        config.ignore("sample_size", "force_upcast")
                .only("_class_name", "AutoencoderKL")
                .only("in_channels", 3)
                .only("out_channels", 3)
                .only("act_fn", "silu", "swish")
                .only("shift_factor")
                .only("use_quant_conv", true)
                .only("use_post_quant_conv", true)
                .only("mid_block_add_attention", true)
                .refuseUnknown();
        return result;
    }

    /** How many pixels make one latent element along each side. */
    public int downsampling() {
        return 1 << (blockOutChannels.size() - 1);
    }
}
