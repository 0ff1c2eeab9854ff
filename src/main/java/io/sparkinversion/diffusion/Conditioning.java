package io.sparkinversion.diffusion;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * Prompts as the UNet takes them.
 *
 * @param embedding the text encoder's output {@code [B, 77, D]}, float32
 * @param keysValues what the UNet's cross-attentions make of it, the same for every step; each
 *     {@code [B, heads, 77, d]}
 * @param sizes by prompt what a Stable Diffusion XL is told of the image's size; empty for the latent's own
 */
public record Conditioning(NDArray embedding, List<NDArray> keysValues, List<SizeCondition> sizes) {

    /** For images of their own size. */
    public Conditioning(NDArray embedding, List<NDArray> keysValues) {
        this(embedding, keysValues, List.of());
    }

    /** @throws IllegalArgumentException if there are sizes, and not one for each prompt */
    public Conditioning {
        sizes = List.copyOf(sizes);
        if (!sizes.isEmpty() && sizes.size() != embedding.getShape().get(0)) {
            throw new IllegalArgumentException(
                    sizes.size() + " sizes for " + embedding.getShape().get(0) + " prompts");
        }
    }

    /** The same for images of these sizes. */
    public Conditioning withSizes(List<SizeCondition> ofImages) {
        return new Conditioning(embedding, keysValues, ofImages);
    }

    /** How many prompts. */
    public long size() {
        return embedding.getShape().get(0);
    }

    /** Whether both lead the UNet to the same prediction for an image. */
    @SuppressWarnings("ReferenceEquality") // Spares reading the tensors.
    public boolean sameAs(Conditioning other) {
        return this == other || embedding.contentEquals(other.embedding);
    }
}
