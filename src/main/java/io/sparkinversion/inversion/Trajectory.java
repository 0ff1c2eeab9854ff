package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * The latents that a run of DDIM steps passes.
 *
 * @param latents each {@code [B, C, h, w]}: the start, then the result of every step
 */
public record Trajectory(List<NDArray> latents) {

    public NDArray first() {
        return latents.get(0);
    }

    public NDArray last() {
        return latents.get(latents.size() - 1);
    }
}
