package io.sparkinversion.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Deep features that serve several steps (after DeepCache, arXiv 2312.00858). N consecutive steps, counted from the
 * noise, are a group. The first evaluation of a text in a group computes the deep layers of the UNet; every later one of
 * the same text takes their result, whichever way the steps are walked. So what an inversion has kept serves the way
 * back: the same latent at the same step gets the same prediction, and samplers that invert exactly stay exact.
 */
public final class FeatureCache {
    private final DeepFeatures network;
    private final int interval;
    private final NDManager owner;
    private final IdentityHashMap<Conditioning, Map<Integer, NDArray>> kept = new IdentityHashMap<>();

    /**
     * @param interval N
     * @param owner of the features
     */
    public FeatureCache(DeepFeatures network, int interval, NDManager owner) {
        this.network = network;
        this.interval = interval;
        this.owner = owner;
    }

    /** Whether an evaluation is one of the shallow layers alone. */
    public boolean has(Step step, Conditioning text) {
        return kept.containsKey(text) && kept.get(text).containsKey(group(step));
    }

    public NDArray predict(NDManager resultOwner, NDArray latent, Step step, Conditioning text) {
        int[] timesteps = {step.timestep()};
        if (has(step, text)) {
            return network.predict(
                    resultOwner, latent, timesteps, text, kept.get(text).get(group(step)));
        }
        DeepFeatures.Kept made = network.predict(resultOwner, latent, timesteps, text);
        made.feature().attach(owner);
        kept.computeIfAbsent(text, any -> new HashMap<>()).put(group(step), made.feature());
        return made.prediction();
    }

    private int group(Step step) {
        return step.index() / interval;
    }
}
