package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.editing.PromptToPrompt;
import io.sparkinversion.inversion.Trajectory;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Goldens of cross-attention maps of all branches, averaged over the steps. */
final class StoredMaps {
    private static final double ATTENTION = 1e-4;
    private static final Pattern NAME = Pattern.compile("store\\.(down|mid|up)_cross\\.(\\d+)");

    private StoredMaps() {}

    static boolean isOne(String tensor) {
        return NAME.matcher(tensor).matches();
    }

    static void compare(
            ModelUnderTest model,
            GoldenFile golden,
            Suite.Cases cases,
            PromptToPrompt branches,
            List<Step> steps,
            Trajectory result) {
        for (String name : golden.names()) {
            Matcher stored = NAME.matcher(name);
            if (stored.matches()) {
                cases.run(
                        () -> {
                            float[] sum = new float[golden.read(name).values().length];
                            for (Step step : steps) {
                                NDArray latents = result.latents().get(step.index());
                                add(model, branches, latents, step, stored, steps.size(), sum);
                            }
                            cases.compare(name, sum, ATTENTION);
                        },
                        name);
            }
        }
    }

    private static void add(
            ModelUnderTest model,
            PromptToPrompt branches,
            NDArray latents,
            Step step,
            Matcher stored,
            int steps,
            float[] sum) {
        int layer = Integer.parseInt(stored.group(2));
        try (NDManager scope = model.model().newScope()) {
            List<NDArray> maps = branches.crossAttention(scope, latents, step).entrySet().stream()
                    .filter(map -> map.getKey().startsWith(stored.group(1)))
                    .map(Map.Entry::getValue)
                    .toList();
            if (layer >= maps.size() || maps.get(layer).size() != sum.length) {
                throw new IllegalArgumentException("layer " + layer + " of the " + maps.size() + " in the "
                        + stored.group(1) + " path has no maps of this size");
            }
            float[] values = maps.get(layer).toFloatArray();
            for (int i = 0; i < sum.length; i++) {
                sum[i] += values[i] / steps;
            }
        }
    }
}
