package io.sparkinversion.worker;

import io.sparkinversion.editing.EditPrompt;
import io.sparkinversion.engine.StoredArray;
import io.sparkinversion.image.PixelMask;
import java.io.Serializable;
import java.util.List;

/**
 * What is to be made of one image beside its reconstruction.
 *
 * @param prompts of the edits, one or more
 * @param mask what the dataset says that the edits should change; null where it says nothing
 * @param category of the edits, as the dataset names it; null where it does not
 * @param stored what an earlier run has kept of the image's inversion; empty for nothing
 */
public record EditWork(List<EditPrompt> prompts, PixelMask mask, String category, List<StoredArray> stored)
        implements Serializable {
    public EditWork {
        prompts = List.copyOf(prompts);
        stored = List.copyOf(stored);
    }
}
