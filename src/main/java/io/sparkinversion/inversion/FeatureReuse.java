package io.sparkinversion.inversion;

import ai.djl.ndarray.NDManager;
import io.sparkinversion.inversion.Walk.OwnInversion;

/**
 * A method whose UNet evaluations share deep features, see {@link io.sparkinversion.diffusion.FeatureCache}: its
 * inversion, which is its own therefore, and its sampling.
 *
 * @param method which differentiates nothing
 * @param interval steps that share them, 2 or more
 */
public record FeatureReuse(Reconstruction method, int interval) implements Reconstruction {

    /** The method itself where every step has its own features. */
    static Reconstruction of(Reconstruction method, int interval) {
        if (interval == 1) {
            return method;
        }
        return new FeatureReuse(method.usesInversion() ? new OwnInversion(Walk.SHARED, method) : method, interval);
    }

    @Override
    public Reconstructed reconstruct(NDManager owner, Denoiser unet, Inversion inversion, double guidanceScale) {
        try (NDManager features = unet.newScope()) {
            Denoiser reusing = unet.reusing(interval, features);
            Reconstructed result = method.reconstruct(owner, reusing, inversion, guidanceScale);
            unet.count(reusing);
            return result;
        }
    }

    @Override
    public boolean usesInversion() {
        return false;
    }

    @Override
    public int walks() {
        return method.walks();
    }
}
