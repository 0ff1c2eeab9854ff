package io.sparkinversion.weights.single;

import io.sparkinversion.weights.WeightViews.Part;
import io.sparkinversion.weights.WeightViews.View;
import java.util.Collection;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names that an autoencoder's weights have in the original codes, by those of diffusers. The original numbers the
 * decoder's blocks by their resolution, and stores the attention's projections as 1x1 convolutions.
 *
 * @param upBlocks how many blocks the decoder has
 */
record OriginalVaeNames(int upBlocks) {
    private static final Pattern BLOCK = Pattern.compile(
            "(encoder|decoder)\\.(?:down|up)_blocks\\.(\\d+)\\.(resnets|downsamplers|upsamplers)\\.(\\d+)\\.(.*)");
    private static final Pattern MIDDLE_RESNET =
            Pattern.compile("(encoder|decoder)\\.mid_block\\.resnets\\.(\\d+)\\.(.*)");
    private static final Pattern MIDDLE_ATTENTION =
            Pattern.compile("(encoder|decoder)\\.mid_block\\.attentions\\.0\\.(.*)\\.(weight|bias)");

    private static final Map<String, String> ATTENTION = Map.of(
            "group_norm", "norm",
            "to_q", "q",
            "to_k", "k",
            "to_v", "v",
            "to_out.0", "proj_out");

    static OriginalVaeNames of(Collection<String> names) {
        int blocks = 0;
        for (String name : names) {
            Matcher block = BLOCK.matcher(name);
            if (block.matches() && block.group(1).equals("decoder")) {
                blocks = Math.max(blocks, 1 + Integer.parseInt(block.group(2)));
            }
        }
        return new OriginalVaeNames(blocks);
    }

    View of(String name) {
        Matcher block = BLOCK.matcher(name);
        if (block.matches()) {
            int index = Integer.parseInt(block.group(2));
            String place =
                    block.group(1).equals("encoder") ? "encoder.down." + index : "decoder.up." + (upBlocks - 1 - index);
            return View.of(place
                    + switch (block.group(3)) {
                        case "downsamplers" -> ".downsample." + block.group(5);
                        case "upsamplers" -> ".upsample." + block.group(5);
                        default -> ".block." + block.group(4) + "." + resnet(block.group(5));
                    });
        }
        Matcher resnet = MIDDLE_RESNET.matcher(name);
        if (resnet.matches()) {
            int number = 1 + Integer.parseInt(resnet.group(2));
            return View.of(resnet.group(1) + ".mid.block_" + number + "." + resnet(resnet.group(3)));
        }
        Matcher attention = MIDDLE_ATTENTION.matcher(name);
        if (attention.matches()) {
            String part = ATTENTION.getOrDefault(attention.group(2), attention.group(2));
            String stored = attention.group(1) + ".mid.attn_1." + part + "." + attention.group(3);
            boolean matrix = attention.group(3).equals("weight") && !part.equals("norm");
            return new View(stored, matrix ? Part.WITHOUT_TRAILING_ONES : Part.WHOLE);
        }
        return View.of(name.replace(".conv_norm_out.", ".norm_out."));
    }

    private static String resnet(String part) {
        return part.replace("conv_shortcut", "nin_shortcut");
    }
}
