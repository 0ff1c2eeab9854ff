package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import java.util.List;

/** A sampler of two coupled latents whose every step can be undone, so that it inverts an image exactly. */
public sealed interface CoupledInversion extends Reconstruction permits ObelmInversion, EdictInversion {

    CoupledSettings settings();

    /** See {@link CoupledSettings#guidance}. */
    default double guidance() {
        return settings().guidance();
    }

    /** The steps that are walked where a run has these, counted from 0. */
    default List<Step> steps(Denoiser unet, List<Step> all) {
        return settings().steps(all);
    }

    /**
     * From the image to the noise end.
     *
     * @param owner owns the result
     * @param branches those that the image is to be sampled with again
     * @param steps in denoising order
     * @param latent z_0 {@code [B, C, h, w]}
     */
    LatentPair invert(NDManager owner, Denoiser unet, GuidedBranches branches, List<Step> steps, NDArray latent);

    /**
     * From the noise end to the image.
     *
     * @param owner owns the result
     * @param steps in denoising order
     * @param noiseEnd one for each branch; left as it is
     * @return float32 latents {@code [B, C, h, w]} by level, the image's last
     */
    Trajectory sample(NDManager owner, Denoiser unet, GuidedBranches branches, List<Step> steps, LatentPair noiseEnd);

    /** The noise end of images by their captions; reads nothing of the trajectory but z_0. */
    default LatentPair invert(NDManager owner, Denoiser unet, Inversion inversion) {
        try (NDManager prompts = unet.newScope()) {
            GuidedBranches captions = GuidedBranches.ofCaptions(prompts, unet, inversion, guidance());
            return invert(
                    owner,
                    unet,
                    captions,
                    steps(unet, inversion.steps()),
                    inversion.trajectory().first());
        }
    }

    @Override
    default boolean usesInversion() {
        return false;
    }

    @Override
    default Reconstructed reconstruct(NDManager owner, Denoiser unet, Inversion inversion, double guidanceScale) {
        try (NDManager run = unet.newScope()) {
            GuidedBranches captions = GuidedBranches.ofCaptions(run, unet, inversion, guidance());
            List<Step> walked = steps(unet, inversion.steps());
            LatentPair noiseEnd =
                    invert(run, unet, captions, walked, inversion.trajectory().first());
            return Reconstructed.of(sample(owner, unet, captions, walked, noiseEnd));
        }
    }

    /**
     * How a sampler of two coupled latents is guided.
     *
     * @param guidance scale of classifier-free guidance in the inversion and for the image's own branch, which must be the
     *     same there; 1 for the caption alone. With {@link Negative#EMPTY} it is the edits' scale as well
     * @param negative what edits are guided against
     * @param strength share of the steps that is inverted and sampled again, rounded down to whole steps but at least one
     */
    public record CoupledSettings(double guidance, Negative negative, double strength) {

        /** A negative prompt. */
        public enum Negative {
            /** The empty prompt, as the authors edit. */
            EMPTY,
            /** The caption, as negative-prompt inversion has it, at the run's own scale. */
            CAPTION
        }

        /**
         * @throws IllegalArgumentException if the strength is out of its range
         */
        public CoupledSettings {
            Walk.requireStrength(strength);
        }

        /** Every step, with edits guided against the caption. */
        public static CoupledSettings npi(double guidance) {
            return new CoupledSettings(guidance, Negative.CAPTION, 1);
        }

        static CoupledSettings of(MethodSettings settings, double guidance, Negative negative, double strength) {
            return new CoupledSettings(
                    settings.number("guidance", guidance, 0),
                    settings.choice("negative", Negative.class, negative),
                    Walk.strength(settings, strength));
        }

        /** The part of the steps that is walked, counted from 0. */
        List<Step> steps(List<Step> all) {
            return Walk.last(all, strength);
        }
    }
}
