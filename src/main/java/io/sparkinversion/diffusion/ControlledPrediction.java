package io.sparkinversion.diffusion;

import ai.djl.ndarray.NDArray;

/**
 * What an evaluation of the UNet with controlled attention gives.
 *
 * @param output the raw output {@code [B, C, h, w]} of all rows
 * @param crossAttention how much each pixel of the UNet's lowest resolution with transformers looks at each token, after
 *     control: {@code [K, h', w', 77]}, the mean over heads and layers
 */
public record ControlledPrediction(NDArray output, NDArray crossAttention) {}
