package io.sparkinversion.inversion;

import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * How far up the noise levels a method takes an image, and in which way.
 *
 * @param strength share of the steps, rounded down to whole steps but at least one: the cleanest of them are inverted
 *     and sampled again (SDEdit's word, arXiv 2108.01073)
 * @param inverter the way up
 */
public record Walk(double strength, Inverter inverter) {
    /** Up to z_T by the DDIM inversion that methods share. */
    public static final Walk SHARED = new Walk(1, DdimInversion.SHARED);

    /**
     * @throws IllegalArgumentException if the strength is out of its range
     */
    public Walk {
        requireStrength(strength);
    }

    /** @throws IllegalArgumentException if the strength is out of its range */
    static void requireStrength(double strength) {
        if (!(strength > 0 && strength <= 1)) {
            throw new IllegalArgumentException("strength is " + strength + "; it must be above 0 and at most 1");
        }
    }

    /** DDIM inversion by a method's settings {@code strength} and {@code inversion-guidance}. */
    static Walk ddim(MethodSettings settings) {
        return new Walk(strength(settings, 1), new DdimInversion(settings.number("inversion-guidance", 1, 0)));
    }

    /** Another inversion by a method's setting {@code strength}. */
    static Walk by(MethodSettings settings, Inverter inverter) {
        return new Walk(strength(settings, 1), inverter);
    }

    static double strength(MethodSettings settings, double byDefault) {
        return settings.number("strength", byDefault, 0);
    }

    /** The same way back after this way up. */
    Reconstruction then(Reconstruction sampling) {
        return equals(SHARED) ? sampling : new OwnInversion(this, sampling);
    }

    /** The part of the steps that is walked, counted from 0. */
    public List<Step> steps(List<Step> all) {
        return last(all, strength);
    }

    /** The cleanest steps of a run, counted from 0. */
    static List<Step> last(List<Step> all, double strength) {
        int count = Math.max(1, (int) (all.size() * strength));
        if (count == all.size()) {
            return all;
        }
        List<Step> steps = new ArrayList<>(count);
        for (Step step : all.subList(all.size() - count, all.size())) {
            steps.add(step.withIndex(steps.size()));
        }
        return steps;
    }

    /**
     * The image's inversion by this walk.
     *
     * @param owner owns the result
     * @param image of which no latent but z_0 is read
     */
    public Inversion of(NDManager owner, Denoiser unet, Inversion image) {
        Inversion part = image.along(
                steps(image.steps()), new Trajectory(List.of(image.trajectory().first())));
        return part.along(part.steps(), inverter.invert(owner, unet, part));
    }

    /**
     * A method that starts from an inversion of its own instead of the shared one.
     *
     * @param walk that inversion
     * @param sampling the way back from it
     */
    public record OwnInversion(Walk walk, Reconstruction sampling) implements Reconstruction {
        @Override
        public Reconstructed reconstruct(NDManager owner, Denoiser unet, Inversion inversion, double guidanceScale) {
            return sampling.reconstruct(owner, unet, walk.of(owner, unet, inversion), guidanceScale);
        }

        @Override
        public boolean usesInversion() {
            return false;
        }

        @Override
        public boolean usesGradient() {
            return sampling.usesGradient() || walk.inverter().usesGradient();
        }

        @Override
        public int walks() {
            return sampling.walks() + walk.inverter().evaluationsPerStep();
        }
    }
}
