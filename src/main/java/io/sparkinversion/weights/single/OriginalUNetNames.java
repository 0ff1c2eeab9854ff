package io.sparkinversion.weights.single;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names that a UNet's modules have in the original codes (CompVis, Stability), by those of diffusers. The original
 * numbers all blocks of the way down in one list, and so those of the way up: with L resnets a block, diffusers' block i
 * begins at 1 + i (L + 1) on the way down and at i (L + 1) on the way up.
 *
 * @param layersPerBlock L
 * @param upBlocksWithAttention where the upsampler is the third of its list instead of the second
 */
public record OriginalUNetNames(int layersPerBlock, Set<Integer> upBlocksWithAttention) {
    private static final Pattern DOWN = Pattern.compile("down_blocks\\.(\\d+)\\.(resnets|attentions)\\.(\\d+)\\.(.*)");
    private static final Pattern UP = Pattern.compile("up_blocks\\.(\\d+)\\.(resnets|attentions)\\.(\\d+)\\.(.*)");
    private static final Pattern DOWNSAMPLER = Pattern.compile("down_blocks\\.(\\d+)\\.downsamplers\\.0\\.conv(.*)");
    private static final Pattern UPSAMPLER = Pattern.compile("up_blocks\\.(\\d+)\\.upsamplers\\.0\\.conv(.*)");
    private static final Pattern MIDDLE = Pattern.compile("mid_block\\.(resnets|attentions)\\.(\\d+)\\.(.*)");

    private static final Map<String, String> OUTSIDE = Map.of(
            "conv_in", "input_blocks.0.0",
            "time_embedding.linear_1", "time_embed.0",
            "time_embedding.linear_2", "time_embed.2",
            "add_embedding.linear_1", "label_emb.0.0",
            "add_embedding.linear_2", "label_emb.0.2",
            "conv_norm_out", "out.0",
            "conv_out", "out.2");

    private static final Map<String, String> RESNET = Map.of(
            "norm1", "in_layers.0",
            "conv1", "in_layers.2",
            "time_emb_proj", "emb_layers.1",
            "norm2", "out_layers.0",
            "conv2", "out_layers.3",
            "conv_shortcut", "skip_connection");

    private static final List<String> ENDINGS = List.of(".weight", ".bias");

    /** @param names of diffusers: all weights of a UNet */
    public static OriginalUNetNames of(Collection<String> names) {
        int layers = 0;
        Set<Integer> attention = new HashSet<>();
        for (String name : names) {
            Matcher down = DOWN.matcher(name);
            if (down.matches() && down.group(1).equals("0") && down.group(2).equals("resnets")) {
                layers = Math.max(layers, 1 + Integer.parseInt(down.group(3)));
            }
            Matcher up = UP.matcher(name);
            if (up.matches() && up.group(2).equals("attentions")) {
                attention.add(Integer.parseInt(up.group(1)));
            }
        }
        return new OriginalUNetNames(layers, Set.copyOf(attention));
    }

    /** @param name of a weight, or of a module, in diffusers */
    public String of(String name) {
        for (String ending : ENDINGS) {
            if (name.endsWith(ending)) {
                return module(name.substring(0, name.length() - ending.length())) + ending;
            }
        }
        return module(name);
    }

    private String module(String name) {
        if (OUTSIDE.containsKey(name)) {
            return OUTSIDE.get(name);
        }
        Matcher down = DOWN.matcher(name);
        if (down.matches()) {
            return inBlock("input_blocks", 1 + number(down, 1) * (layersPerBlock + 1) + number(down, 3), down);
        }
        Matcher up = UP.matcher(name);
        if (up.matches()) {
            return inBlock("output_blocks", number(up, 1) * (layersPerBlock + 1) + number(up, 3), up);
        }
        Matcher downsampler = DOWNSAMPLER.matcher(name);
        if (downsampler.matches()) {
            return "input_blocks." + (number(downsampler, 1) + 1) * (layersPerBlock + 1) + ".0.op"
                    + downsampler.group(2);
        }
        Matcher upsampler = UPSAMPLER.matcher(name);
        if (upsampler.matches()) {
            int block = number(upsampler, 1);
            int place = upBlocksWithAttention.contains(block) ? 2 : 1;
            int last = block * (layersPerBlock + 1) + layersPerBlock;
            return "output_blocks." + last + "." + place + ".conv" + upsampler.group(2);
        }
        Matcher middle = MIDDLE.matcher(name);
        if (middle.matches()) {
            return middle.group(1).equals("resnets")
                    ? "middle_block." + 2 * number(middle, 2) + "." + resnet(middle.group(3))
                    : "middle_block.1." + middle.group(3);
        }
        return name;
    }

    private static String inBlock(String list, int index, Matcher block) {
        return block.group(2).equals("resnets")
                ? list + "." + index + ".0." + resnet(block.group(4))
                : list + "." + index + ".1." + block.group(4);
    }

    private static String resnet(String part) {
        return RESNET.getOrDefault(part, part);
    }

    private static int number(Matcher matcher, int group) {
        return Integer.parseInt(matcher.group(group));
    }
}
