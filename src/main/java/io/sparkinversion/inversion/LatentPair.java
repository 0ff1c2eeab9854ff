package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;

/** Coupled latents, float64 {@code [B, C, h, w]} each. */
public record LatentPair(NDArray first, NDArray second) {

    /** The same the other way round, at every other step. */
    @SuppressWarnings("ArgumentSelectionDefectChecker")
    LatentPair inTurn(Step step) {
        return step.index() % 2 == 0 ? this : new LatentPair(second, first);
    }

    /** Closes what the next pair does not take over. */
    LatentPair replacedBy(LatentPair next) {
        for (NDArray array : new NDArray[] {first, second}) {
            if (array != next.first && array != next.second) {
                array.close();
            }
        }
        return next;
    }

    /** What the branches make of both after a step, owned by {@code owner}. */
    LatentPair after(NDManager owner, GuidedBranches branches, Step step) {
        LatentPair after =
                new LatentPair(branches.afterStep(owner, first, step), branches.afterStep(owner, second, step));
        after.first.attach(owner);
        after.second.attach(owner);
        return after;
    }

    LatentPair copy(NDManager owner) {
        return new LatentPair(NoisePrediction.widen(owner, first), NoisePrediction.widen(owner, second));
    }
}
