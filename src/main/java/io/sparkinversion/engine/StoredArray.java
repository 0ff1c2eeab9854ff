package io.sparkinversion.engine;

import java.io.Serializable;

/**
 * Part of an image's inversion as the table of latents keeps it.
 *
 * @param key SHA-256 of all that the values depend on
 */
public record StoredArray(String key, InvertedArray array) implements Serializable {}
