package io.sparkinversion.inversion;

import java.util.Map;

/**
 * What there is to know of a method.
 *
 * @param name as {@code --methods} takes it
 * @param summary one line
 * @param paper arXiv number; empty for none
 * @param evaluations of the UNet a step at the defaults: inversion + reconstruction
 * @param settings names and defaults
 * @param edits whether it can edit
 */
public record MethodInfo(
        String name, String summary, String paper, String evaluations, Map<String, String> settings, boolean edits) {

    /** What a setting of any method means. */
    public static String meaning(String setting) {
        return switch (setting) {
            case "strength" -> "share of the steps that is sampled, above 0 to 1";
            case "inversion-guidance" ->
                "guidance of the inversion against the empty prompt; 0 for the empty prompt alone";
            case "guidance" -> "guidance of inversion and source branch against the empty prompt; 1 for none";
            case "negative" ->
                "what edits are guided against: empty at the method's own guidance, or caption at the run's";
            case "mixing" -> "what a latent keeps of itself, p in the paper";
            case "grid" -> "timesteps: leading, or linspace as its authors have them";
            case "start" -> "what the optimisation starts from: empty or caption";
            case "inner-steps" -> "most updates a step";
            case "early-stop" -> "loss that ends the first step early; 0 for never";
            case "iterations" -> "K";
            case "average-from" -> "first prediction that is averaged, from 0, at timesteps from 250 on";
            case "average-to" -> "the one after the last that is averaged";
            case "rate" -> "learning rate";
            case "threshold" -> "loss below which a step ends";
            case "variant" -> "which of the authors' codes: example or v14";
            case "eta" -> "easyinv: what a latent keeps of itself; ef-ddpm: share of a DDPM step's noise";
            case "mix-start" -> "share of the steps before the mixing";
            case "mix-length" -> "share of the steps with mixing";
            case "reuse" -> "consecutive steps that share the UNet's deep features; 1 for none; not for edits";
            case "seed" -> "of the noise, which depends on seed, image and step alone";
            case "prox" -> "how differences are shrunk: l0 or l1, as the authors' code has them";
            case "quantile" -> "of the differences that becomes the threshold; negative: a fixed threshold";
            case "dilate" -> "elements by which the edited region grows";
            case "guided-from" -> "where guidance begins, as a share of the way from noise (0) to image (1)";
            case "guided-to" -> "where it ends; beyond both the prompt's prediction alone is evaluated";
            case "guide" -> "what unedited elements are pulled towards: none, reconstruction, inversion or both";
            case "recon-lr" -> "rate of that pull, 1 for all the way";
            case "recon-t" -> "it acts at timesteps below this; negative: above";
            default -> throw new IllegalArgumentException("no setting '" + setting + "'");
        };
    }
}
