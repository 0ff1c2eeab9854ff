package io.sparkinversion.engine;

import java.io.Serializable;

/**
 * Part of an image's inversion: what edits of it are sampled from.
 *
 * @param kind {@code zT}, {@code path}, or what a method adds to these
 * @param method the method that added it; null for what all methods share
 * @param shape of the values
 * @param dtype {@code float32} or {@code float64}
 * @param bytes the values, little endian, last axis fastest
 */
public record InvertedArray(String kind, String method, int[] shape, String dtype, byte[] bytes)
        implements Serializable {}
