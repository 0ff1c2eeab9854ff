package io.sparkinversion.diffusion;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * Prompts as the UNet takes them.
 *
 * @param embedding the text encoder's output {@code [B, 77, D]}, float32
 * @param keysValues what the UNet's cross-attentions make of it, the same for every step; each
 *     {@code [B, heads, 77, d]}
 */
public record Conditioning(NDArray embedding, List<NDArray> keysValues) {

    /** How many prompts. */
    public long size() {
        return embedding.getShape().get(0);
    }

    /** Whether both lead the UNet to the same prediction. */
    @SuppressWarnings("ReferenceEquality") // Spares reading the tensors.
    public boolean sameAs(Conditioning other) {
        return this == other || embedding.contentEquals(other.embedding);
    }
}
