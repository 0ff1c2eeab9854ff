package io.sparkinversion.editing;

import io.sparkinversion.diffusion.SizeCondition;
import java.util.List;
import java.util.Objects;

/**
 * An image and what is to be made of it.
 *
 * @param caption the source prompt
 * @param targets the edits, each a branch of its own
 * @param size what a Stable Diffusion XL is told of the image's; null for the latent's own
 */
public record ImageEdits(String caption, List<TargetEdit> targets, SizeCondition size) {
    /** An image of its latent's own size. */
    public ImageEdits(String caption, List<TargetEdit> targets) {
        this(caption, targets, null);
    }

    public ImageEdits {
        targets = List.copyOf(targets);
    }

    /** What a Stable Diffusion XL is told of the images' sizes; empty for the latents' own. */
    static List<SizeCondition> sizes(List<ImageEdits> images) {
        return images.stream().map(ImageEdits::size).filter(Objects::nonNull).toList();
    }

    /** How many latents are sampled for it: the source's and one for each target. */
    public int branches() {
        return 1 + targets.size();
    }
}
