package io.sparkinversion.network;

import java.util.List;

/**
 * What a {@code UNet2DConditionModel}'s {@code config.json} says, in its own terms.
 *
 * @param sampleSize latent height and width that the model was trained at
 * @param inChannels of the latent, also its output's
 * @param blockOutChannels one entry a resolution
 * @param downAttention whether the down block of that resolution has transformers
 * @param upAttention likewise for up blocks, from the lowest resolution
 * @param heads attention heads of each down block
 * @param crossAttentionDim width of the text encoder's output
 * @param flipSinToCos order [cos, sin] of the timestep's sinusoid
 * @param freqShift shift in the sinusoid's frequencies
 * @param upcastAttention attention runs in float32 where the network runs in float16
 */
public record UNetConfig(
        int sampleSize,
        int inChannels,
        List<Integer> blockOutChannels,
        List<Boolean> downAttention,
        List<Boolean> upAttention,
        int layersPerBlock,
        int normNumGroups,
        double normEps,
        List<Integer> heads,
        int crossAttentionDim,
        boolean flipSinToCos,
        double freqShift,
        boolean upcastAttention) {

    /**
     * @throws UnsupportedConfigException naming the first key that is missing or asks for something else
     */
    public static UNetConfig of(NetworkConfig config) {
        config.only("_class_name", "UNet2DConditionModel");
        List<Integer> channels = config.integers("block_out_channels");
        List<Boolean> down = attention(config, "down_block_types", "CrossAttnDownBlock2D", "DownBlock2D", channels);
        List<Boolean> up = attention(config, "up_block_types", "CrossAttnUpBlock2D", "UpBlock2D", channels);
        // Configs name the number of heads attention_head_dim; where both keys are set, num_attention_heads is meant.
        String headsKey = config.has("num_attention_heads") ? "num_attention_heads" : "attention_head_dim";
        List<Integer> heads = config.integers(headsKey, channels.size());
        int inChannels = config.integer("in_channels");
        if (config.integer("out_channels") != inChannels) {
            throw config.refused("out_channels", config.integer("out_channels"), "it must equal in_channels");
        }
        for (int i = 0; i < channels.size(); i++) {
            if (channels.get(i) % heads.get(i) != 0) {
                throw config.refused(headsKey, heads.get(i), "it must divide the block's " + channels.get(i));
            }
        }
        UNetConfig result = new UNetConfig(
                config.integer("sample_size", 64),
                inChannels,
                channels,
                down,
                up,
                config.integer("layers_per_block", 2),
                config.normGroups(channels),
                config.number("norm_eps", 1e-5),
                heads,
                config.integer("cross_attention_dim"),
                config.flag("flip_sin_to_cos", true),
                config.number("freq_shift", 0),
                config.flag("upcast_attention", false));
        // The transformers' projections are stored as 1x1 convolutions or, with use_linear_projection, as linear
        // layers.
        config.ignore("attention_head_dim", "addition_embed_type_num_heads", "use_linear_projection")
                .only("mid_block_type", "UNetMidBlock2DCrossAttn")
                .only("act_fn", "silu", "swish")
                .only("downsample_padding", 1)
                .only("mid_block_scale_factor", 1)
                .only("resnet_time_scale_shift", "default")
                .only("resnet_out_scale_factor", 1)
                .only("time_embedding_type", "positional")
                .only("conv_in_kernel", 3)
                .only("conv_out_kernel", 3)
                .only("transformer_layers_per_block", 1)
                .only("attention_type", "default")
                .only("dropout", 0)
                .refuseUnknown();
        return result;
    }

    private static List<Boolean> attention(
            NetworkConfig config, String key, String with, String without, List<Integer> channels) {
        List<String> types = config.texts(key, with, without);
        if (types.size() != channels.size()) {
            throw config.refused(key, types, "one entry for each of block_out_channels is expected");
        }
        return types.stream().map(with::equals).toList();
    }

    /** Width of the timestep embedding. */
    public int timeEmbeddingDim() {
        return 4 * blockOutChannels.get(0);
    }
}
