package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import io.sparkinversion.image.PixelMask;
import java.util.List;
import java.util.Optional;

/**
 * What a run has sampled.
 *
 * @param latents {@code [images * (1 + targets), C, h, w]}: the first image's source, its targets, the second's source
 *     and so on
 * @param blendMasks by image and target: where the last step let the edit change the picture, at the latent's
 *     resolution; empty where it was not confined
 * @param sourceEvaluations of the UNet for the source branch, an image
 * @param targetEvaluations of the UNet, a target
 */
public record EditedLatents(
        NDArray latents, List<List<Optional<PixelMask>>> blendMasks, int sourceEvaluations, int targetEvaluations) {}
