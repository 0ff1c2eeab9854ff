package io.sparkinversion.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.engine.Engine.DeviceScores;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.metrics.ClipSimilarity;
import io.sparkinversion.metrics.Lpips;
import io.sparkinversion.metrics.PieBench;
import java.util.List;

/**
 * Measures edits with the networks that are on the device.
 *
 * @param lpips null for none
 * @param clip null for none
 */
record EditScorer(StableDiffusion model, Lpips lpips, ClipSimilarity clip) {

    /**
     * @param whole the LPIPS distance of the whole pictures
     * @param mask what could change; null where all could
     */
    DeviceScores score(RgbImage original, RgbImage edited, double whole, PixelMask mask, String prompt) {
        double outside = Double.NaN;
        double inside = Double.NaN;
        double pieBench = Double.NaN;
        if (lpips != null && mask != null) {
            try (NDManager scope = model.newScope()) {
                NDArray a = DeviceImages.pixels(scope, List.of(original));
                NDArray b = DeviceImages.pixels(scope, List.of(edited));
                inside = lpips.distances(a, b, List.of(mask))[0];
                outside = lpips.distances(a, b, List.of(mask.complement()))[0];
                pieBench = PieBench.lpips(lpips, a, b, List.of(mask))[0];
            }
        }
        double similarity = Double.NaN;
        double similarityOfOriginal = Double.NaN;
        if (clip != null) {
            double[] similarities = clip.similarities(List.of(edited, original), List.of(prompt, prompt));
            similarity = similarities[0];
            similarityOfOriginal = similarities[1];
        }
        return new DeviceScores(whole, outside, inside, pieBench, similarity, similarityOfOriginal);
    }
}
