package io.sparkinversion.network;

import java.util.Collections;
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
 * @param midBlock whether there is one; distilled models such as BK-SDM have none
 * @param transformerLayers transformer blocks of each attention of a down block
 * @param addition what is added to the timestep embedding; null for nothing (SD 1.x and 2.x)
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
        boolean upcastAttention,
        boolean midBlock,
        List<Integer> transformerLayers,
        TextTime addition) {

    /** Latent height and width of SD 1.x, which early versions of diffusers wrote half as large. */
    private static final int SD1_SAMPLE_SIZE = 64;

    private static final List<Integer> SD_CHANNELS = List.of(320, 640, 1280, 1280);
    private static final String MID_BLOCK = "UNetMidBlock2DCrossAttn";

    /**
     * SDXL's condition on text and sizes ({@code addition_embed_type} text_time): the pooled text embedding and the
     * sinusoids of six numbers (original height and width, crop from above and left, target height and width), through
     * two linear layers.
     *
     * @param timeEmbedDim width of one number's sinusoid
     * @param inputDim width of all that together
     */
    public record TextTime(int timeEmbedDim, int inputDim) {
        /** How many numbers. */
        public static final int SIZES = 6;

        /** Width of the pooled text embedding. */
        public int pooledDim() {
            return inputDim - SIZES * timeEmbedDim;
        }
    }

    /**
     * @throws UnsupportedConfigException naming the first key that is missing or asks for something else
     */
    public static UNetConfig of(NetworkConfig config) {
        UNetKinds.refuseOthers(config);
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
                sampleSize(config, channels),
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
                config.flag("upcast_attention", false),
                !config.isNull("mid_block_type"),
                transformerLayers(config, channels.size()),
                addition(config));
        // The transformers' projections are stored as 1x1 convolutions or, with use_linear_projection, as linear
        // layers.
        config.ignore("attention_head_dim", "addition_embed_type_num_heads", "use_linear_projection")
                .only("mid_block_type", MID_BLOCK)
                .only("act_fn", "silu", "swish")
                .only("downsample_padding", 1)
                .only("mid_block_scale_factor", 1)
                .only("resnet_time_scale_shift", "default")
                .only("resnet_out_scale_factor", 1)
                .only("time_embedding_type", "positional")
                .only("conv_in_kernel", 3)
                .only("conv_out_kernel", 3)
                .only("attention_type", "default")
                .only("dropout", 0)
                .refuseUnknown();
        return result;
    }

    private static List<Integer> transformerLayers(NetworkConfig config, int blocks) {
        return config.has("transformer_layers_per_block")
                ? config.integers("transformer_layers_per_block", blocks)
                : Collections.nCopies(blocks, 1);
    }

    private static TextTime addition(NetworkConfig config) {
        if (!config.has("addition_embed_type")) {
            return null;
        }
        config.only("addition_embed_type", "text_time");
        TextTime addition = new TextTime(
                config.integer("addition_time_embed_dim"), config.integer("projection_class_embeddings_input_dim"));
        if (addition.pooledDim() < 1) {
            throw config.refused(
                    "projection_class_embeddings_input_dim",
                    addition.inputDim(),
                    "it holds a text embedding and 6 x addition_time_embed_dim " + addition.timeEmbedDim());
        }
        return addition;
    }

    /** As diffusers reads it: before its version 0.9 SD 1.x was saved with 32, and was trained at 64 all the same. */
    private static int sampleSize(NetworkConfig config, List<Integer> channels) {
        int said = config.side("sample_size", SD1_SAMPLE_SIZE);
        return said < SD1_SAMPLE_SIZE && channels.equals(SD_CHANNELS) && savedBefore09(config) ? SD1_SAMPLE_SIZE : said;
    }

    private static boolean savedBefore09(NetworkConfig config) {
        return config.has("_diffusers_version")
                && config.anyText("_diffusers_version").matches("0\\.[0-8](\\D.*)?");
    }

    /** How the size of the latents was found, for the user. */
    public static String sampleSizeSource(NetworkConfig config) {
        int taken = of(config).sampleSize();
        if (!config.has("sample_size")) {
            return "no sample_size, which stands for " + taken;
        }
        int said = config.side("sample_size", taken);
        return said == taken
                ? "sample_size " + said
                : "sample_size " + said + " of diffusers " + config.anyText("_diffusers_version")
                        + ", which stands for " + taken;
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
