package io.sparkinversion.engine;

import io.sparkinversion.editing.EditOptions;
import java.io.Serializable;
import java.util.List;

/**
 * How images are edited, whatever the prompts.
 *
 * @param controls ways to sample the edits; every edit is made in each of them
 * @param clipModel address of the CLIP model that compares pictures with prompts; null for none
 * @param dinoModel address of DINO's weights, which compare structures; null for none
 * @param keepsInversions whether what edits are sampled from is kept for later runs
 */
public record EditRecipe(List<Control> controls, String clipModel, String dinoModel, boolean keepsInversions)
        implements Serializable {
    /** Without DINO. */
    public EditRecipe(List<Control> controls, String clipModel, boolean keepsInversions) {
        this(controls, clipModel, null, keepsInversions);
    }

    public EditRecipe {
        controls = List.copyOf(controls);
    }

    /**
     * @param label as result tables have it
     * @param options what is done with the attention, and where the picture may change
     */
    public record Control(String label, EditOptions options) implements Serializable {}
}
