package io.sparkinversion.diffusion;

import ai.djl.ndarray.NDArray;

/**
 * A loss for each image and its derivative by what the image's prediction was made of.
 *
 * @param loss mean of squares {@code [B]}
 * @param gradient {@code [B, 77, D]} by an embedding, {@code [B, C, h, w]} by a latent
 */
public record LossGradient(NDArray loss, NDArray gradient) {}
