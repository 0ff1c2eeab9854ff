package io.sparkinversion.inversion;

import ai.djl.ndarray.NDManager;
import java.util.List;

/** Nothing but the autoencoder: the encoded latent as it is, which is the most that the other methods can reach. */
public final class VaeReconstruction implements Reconstruction {
    @Override
    public Reconstructed reconstruct(NDManager owner, Denoiser unet, Inversion inversion, double guidanceScale) {
        return Reconstructed.of(new Trajectory(List.of(inversion.trajectory().first())));
    }

    @Override
    public boolean usesInversion() {
        return false;
    }

    @Override
    public int walks() {
        return 0;
    }
}
