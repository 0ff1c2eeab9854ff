package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * EasyInv (Zhang et al., arXiv 2408.05159): DDIM inversion that, in a part of the steps, mixes each latent with the one
 * before it, at no further evaluation. The authors have two codes.
 *
 * @param variant which of them
 * @param eta what a latent keeps of itself where it is mixed
 * @param start share of the steps before the mixing, a in the code
 * @param length share of the steps with mixing, l in the code
 */
public record EasyInversion(Variant variant, double eta, double start, double length) implements Inverter {

    /** Where the mixing is. */
    public enum Variant {
        /** {@code example.py}, which the authors' page shows: the step's result is mixed with its start. */
        EXAMPLE,
        /** {@code utilsV14.py}: the noise is predicted, then the step's start is mixed with that of the step before. */
        V14
    }

    @Override
    public Trajectory invert(NDManager owner, Denoiser unet, Inversion image) {
        int count = image.steps().size();
        List<NDArray> latents = new ArrayList<>(List.of(image.trajectory().first()));
        NDArray before = image.trajectory().first();
        for (int i = 0; i < count; i++) {
            Step step = image.steps().get(count - 1 - i);
            boolean mixed = i > start * count && i < (start + length) * count;
            try (NDManager scope = unet.newScope()) {
                NDArray z = latents.get(i);
                NDArray noise = FixedPointInversion.noise(scope, unet, z, step, image.caption(), false);
                if (mixed && variant == Variant.V14) {
                    z = unet.combine(owner, z, eta, before, 1 - eta);
                }
                before = z;
                NDArray above = unet.move(scope, z, noise, step.addNoise());
                if (mixed && variant == Variant.EXAMPLE) {
                    above = unet.combine(scope, above, eta, z, 1 - eta);
                }
                above.attach(owner);
                latents.add(above);
            }
        }
        return new Trajectory(latents);
    }

    @Override
    public int evaluationsPerStep() {
        return 1;
    }
}
