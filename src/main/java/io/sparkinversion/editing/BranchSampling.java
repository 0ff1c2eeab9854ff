package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.inversion.Branches;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.Trajectory;
import java.util.ArrayList;
import java.util.List;

/** DDIM sampling (arXiv 2010.02502, eta 0) of branches with classifier-free guidance. */
public final class BranchSampling {
    private BranchSampling() {}

    /**
     * @param steps in denoising order
     * @param noise z_T {@code [K, C, h, w]}, one for each branch
     * @return z_T, then the latents after every step, {@code [K, C, h, w]}; all but z_T belong to {@code owner}
     */
    public static Trajectory sample(
            NDManager owner, Denoiser unet, List<Step> steps, NDArray noise, double guidanceScale, Branches branches) {
        List<NDArray> latents = new ArrayList<>(List.of(noise));
        NDArray z = noise;
        for (Step step : steps) {
            try (NDManager scope = unet.newScope()) {
                NDArray stepped = branches.guidedStep(scope, unet, z, step, guidanceScale);
                z = branches.afterStep(scope, stepped, step);
                z.attach(owner);
            }
            latents.add(z);
        }
        return new Trajectory(latents);
    }
}
