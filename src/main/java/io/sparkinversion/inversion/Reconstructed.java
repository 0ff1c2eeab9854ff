package io.sparkinversion.inversion;

import java.util.Optional;

/**
 * A batch of images after a reconstruction.
 *
 * @param trajectory from noise to the reconstruction's latents
 * @param nullText what was optimised on the way, where something was
 */
public record Reconstructed(Trajectory trajectory, Optional<NullText> nullText) {
    static Reconstructed of(Trajectory trajectory) {
        return new Reconstructed(trajectory, Optional.empty());
    }
}
