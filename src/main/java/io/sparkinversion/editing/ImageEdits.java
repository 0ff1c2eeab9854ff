package io.sparkinversion.editing;

import java.util.List;

/**
 * An image and what is to be made of it.
 *
 * @param caption the source prompt
 * @param targets the edits, each a branch of its own
 */
public record ImageEdits(String caption, List<TargetEdit> targets) {
    public ImageEdits {
        targets = List.copyOf(targets);
    }

    /** How many latents are sampled for it: the source's and one for each target. */
    public int branches() {
        return 1 + targets.size();
    }
}
