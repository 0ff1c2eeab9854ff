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
     * @param methods labels of those that it is used with; empty for all of the run
     */
    public record Control(String label, EditOptions options, List<String> methods) implements Serializable {
        public Control {
            methods = List.copyOf(methods);
        }

        /** With all methods. */
        public Control(String label, EditOptions options) {
            this(label, options, List.of());
        }

        /** Whether edits are made with this control and the method. */
        public boolean takes(String method) {
            return methods.isEmpty() || methods.contains(method);
        }
    }
}
