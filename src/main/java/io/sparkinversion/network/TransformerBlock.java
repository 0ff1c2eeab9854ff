package io.sparkinversion.network;

import io.sparkinversion.torchscript.ScalarType;
import java.util.ArrayList;
import java.util.List;

/**
 * A block of a UNet's transformers: one self-attention, one cross-attention and a feed-forward network.
 *
 * @param weights what the names of its weights begin with, such as {@code up_blocks.1.attentions.0.transformer_blocks.0}
 * @param checkpoint the name of its intermediate results, such as {@code up1.attn0.block}
 * @param level its resolution, 0 for the latent's own, each next one half of it
 * @param decoder whether it stands on the way up
 * @param channels of its features
 * @param heads of its attentions
 */
public record TransformerBlock(String weights, String checkpoint, int level, boolean decoder, int channels, int heads) {

    /** All of a UNet, in the order of their use. */
    public static List<TransformerBlock> of(UNetConfig config) {
        List<TransformerBlock> blocks = new ArrayList<>();
        int levels = config.blockOutChannels().size();
        for (int level = 0; level < levels; level++) {
            if (config.downAttention().get(level)) {
                add(blocks, config, "down_blocks." + level, "down" + level, level, config.layersPerBlock(), false);
            }
        }
        if (config.midBlock()) {
            add(blocks, config, "mid_block", "mid", levels - 1, 1, false);
        }
        for (int index = 0; index < levels; index++) {
            if (config.upAttention().get(index)) {
                int level = levels - 1 - index;
                add(blocks, config, "up_blocks." + index, "up" + index, level, config.layersPerBlock() + 1, true);
            }
        }
        return List.copyOf(blocks);
    }

    private static void add(
            List<TransformerBlock> blocks,
            UNetConfig config,
            String weights,
            String checkpoint,
            int level,
            int layers,
            boolean decoder) {
        int channels = config.blockOutChannels().get(level);
        int heads = config.heads().get(level);
        for (int layer = 0; layer < layers; layer++) {
            Attention.Layer place =
                    new Attention.Layer(checkpoint + ".attn" + layer, level, false, 0, ScalarType.FLOAT32);
            for (int depth = 0; depth < config.transformerLayers().get(level); depth++) {
                blocks.add(new TransformerBlock(
                        weights + ".attentions." + layer + ".transformer_blocks." + depth,
                        place.block(depth).checkpoint(),
                        level,
                        decoder,
                        channels,
                        heads));
            }
        }
    }
}
